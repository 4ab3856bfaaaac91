// TLS to the NATS servers: its files, and what its failures mean.
import { accessSync, constants } from 'node:fs';
import { errors } from '@nats-io/nats-core';
import { PlatformError } from '@pilotlight/contracts';

/** Paths of PEM files, read at each connection. */
export interface BusTls {
  /** Unset: whom Node trusts. */
  readonly ca?: string;
  /** Both or neither. */
  readonly cert?: string;
  readonly key?: string;
}

/** As the client takes them. Throws `failed_precondition` for a file that cannot be read. */
export function tlsOptions({ ca, cert, key }: BusTls) {
  for (const path of [ca, cert, key]) if (path !== undefined) checkReadable(path);
  return {
    ...(ca === undefined ? {} : { caFile: ca }),
    ...(cert === undefined ? {} : { certFile: cert }),
    ...(key === undefined ? {} : { keyFile: key }),
  };
}

function checkReadable(path: string): void {
  try {
    accessSync(path, constants.R_OK);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PlatformError('failed_precondition', `TLS to NATS: ${reason}`, { cause });
  }
}

/** Why connecting failed, where it is about TLS; undefined for everything else. */
export function tlsFailure(thrown: unknown, tls: BusTls | undefined): PlatformError | undefined {
  const problem = problemOf(thrown, tls);
  if (problem === undefined) return undefined;
  return new PlatformError('unavailable', problem, { cause: thrown });
}

function problemOf(thrown: unknown, tls: BusTls | undefined): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
  if (/CERT|SIGNATURE|ISSUER|^ERR_(SSL|TLS)_/.test(code)) {
    return `The certificate of the NATS server is not trusted here (${thrown.message}). Check the CA file for NATS, the name that is dialled, and the dates.`;
  }
  const isAway = thrown instanceof errors.TimeoutError || thrown instanceof errors.ConnectionError;
  if (tls === undefined || !isAway) return undefined;
  return `No connection to the NATS server over TLS (${thrown.message}). Check that it is there and has TLS, and whether it wants a client certificate that its CA signed.`;
}
