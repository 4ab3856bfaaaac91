// Certificates in files, as either end of a connection needs them. Files are read again for new
// connections, so a certificate is renewed by replacing its file.
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';
import { PlatformError } from '@pilotlight/contracts';

/** What a client trusts, and shows where it is asked. Paths of PEM files. */
export interface ClientTls {
  /** Who signs the servers' certificates; unless set, whom Node trusts. */
  readonly ca?: string | undefined;
  /** Its own certificate, with what signed it up to the CA, and the key; both or neither. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** The name that servers' certificates must be for; unless set, the host that is dialled. */
  readonly serverName?: string | undefined;
}

/**
 * Whether clients must show a certificate that the CA signed. `require`: all of them. `request`: those
 * that act for the holders of API keys, which only services do; a key is enough for others. `none`:
 * nobody is asked.
 */
export type ClientCertificates = 'none' | 'request' | 'require';

/** What a server shows, and whom it lets connect. Paths of PEM files. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
  /** Who signs the clients' certificates. */
  readonly ca: string;
  readonly clientCerts: ClientCertificates;
}

/** What is in the files. */
export interface Pems {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Reads them all. Throws `failed_precondition` for one that cannot be read. */
export function readPems({ ca, cert, key }: ClientTls): Pems {
  return {
    ...(ca !== undefined && { ca: readPem('CA', ca) }),
    ...(cert !== undefined && { cert: readPem('certificate', cert) }),
    ...(key !== undefined && { key: readPem('key', key) }),
  };
}

function readPem(what: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw unusable(`the ${what} cannot be read: ${reason}`, cause);
  }
}

/** Throws `failed_precondition` where they are no certificates, or key and certificate are no pair. */
export function contextOf(pems: Pems): SecureContext {
  try {
    return createSecureContext(pems);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw unusable(`certificate, key and CA do not fit together: ${reason}`, cause);
  }
}

function unusable(problem: string, cause: unknown): PlatformError {
  return new PlatformError('failed_precondition', `TLS: ${problem}`, { cause });
}
