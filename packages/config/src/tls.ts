// The settings of TLS, taken together: some of them mean nothing without the others.
import type * as v from 'valibot';
import { ConfigError, variableOf } from './load.ts';
import { choice, optionalText } from './settings.ts';

/** Of gRPC between services and with clients. */
export const tlsSettings = {
  tlsCert: optionalText({
    description:
      'Certificate of this process (PEM file), which it shows as a server and as a client; without it gRPC is not encrypted. A replaced file holds for new connections.',
  }),
  tlsKey: optionalText({ description: 'Key to tlsCert (PEM file).' }),
  tlsCa: optionalText({
    description: 'Who signs the certificates of those that it talks with (PEM file).',
  }),
  tlsServerName: optionalText({
    description:
      'The name that the certificates of all servers are for; unless set, the host of the address that is dialled.',
  }),
  tlsClientCerts: choice(['auto', 'none', 'request', 'require'], {
    description:
      'Who must show a certificate of tlsCa: with require everyone, with request only services that act for the holders of API keys. auto is require for executor and metrics-collector, which only services call, and request for the others.',
    default: 'auto',
  }),
};

/** Of the connection to NATS. */
export const natsTlsSettings = {
  natsTlsCa: optionalText({
    description:
      'Who signed the certificate of the NATS servers (PEM file); unless set, whom Node trusts. The servers decide whether there is TLS; with this it is insisted on.',
  }),
  natsTlsCert: optionalText({
    description: 'Certificate to show to the NATS servers (PEM file), where they ask for one.',
  }),
  natsTlsKey: optionalText({ description: 'Key to natsTlsCert (PEM file).' }),
};

/** Paths of PEM files. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
  readonly serverName?: string;
}

type Values<Settings extends Readonly<Record<string, v.GenericSchema<unknown, unknown>>>> = {
  readonly [Key in keyof Settings]?: v.InferOutput<Settings[Key]>;
};

/** Undefined where TLS is not set up. Throws a `ConfigError` where it is only by half. */
export function tlsOf(config: Values<typeof tlsSettings>): TlsFiles | undefined {
  const { tlsCert: cert, tlsKey: key, tlsCa: ca, tlsServerName: serverName } = config;
  allOrNone({ tlsCert: cert, tlsKey: key, tlsCa: ca });
  if (cert === undefined || key === undefined || ca === undefined) return undefined;
  return { cert, key, ca, ...(serverName !== undefined && { serverName }) };
}

/** The same for a server. `usual`: what `auto` means here. */
export function serverTlsOf(
  config: Values<typeof tlsSettings>,
  usual: 'request' | 'require',
): (TlsFiles & { readonly clientCerts: 'none' | 'request' | 'require' }) | undefined {
  const files = tlsOf(config);
  const { tlsClientCerts: set = 'auto' } = config;
  return files && { ...files, clientCerts: set === 'auto' ? usual : set };
}

/** Undefined where none of it is set. Throws a `ConfigError` for a certificate without its key. */
export function natsTlsOf(
  config: Values<typeof natsTlsSettings>,
): { readonly ca?: string; readonly cert?: string; readonly key?: string } | undefined {
  const { natsTlsCa: ca, natsTlsCert: cert, natsTlsKey: key } = config;
  allOrNone({ natsTlsCert: cert, natsTlsKey: key });
  if (ca === undefined && cert === undefined) return undefined;
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
}

function allOrNone(values: Readonly<Record<string, string | undefined>>): void {
  const entries = Object.entries(values);
  const missing = entries.filter(([, value]) => value === undefined);
  if (missing.length === 0 || missing.length === entries.length) return;
  const names = entries.map(([name]) => variableOf(name)).join(', ');
  const problem = `must be set: of ${names} all or none`;
  throw new ConfigError(missing.map(([name]) => ({ variable: variableOf(name), problem })));
}
