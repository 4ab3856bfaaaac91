// What a command needs of the running platform. The client is loaded when it is used, so that
// --help and `up` do not pay for it.
import type { Pilotlight } from '@pilotlight/client';
import { dataDirectory } from './data-dir.ts';
import { readEndpoints } from './platform/endpoints.ts';

/** Options that every command has. */
export interface CommonOptions {
  readonly dataDir?: string;
  readonly json?: boolean;
}

export interface Session {
  readonly client: Pilotlight;
  readonly dataDir: string;
}

/** Connects to the platform of the data directory for as long as `work` takes. */
export async function withSession<T>(
  options: CommonOptions & { readonly nats?: boolean },
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const dataDir = dataDirectory(options.dataDir);
  const { apiKey, grpc, pools, stats, nats, tls } = readEndpoints(dataDir);
  const { connect } = await import('@pilotlight/client');
  const client = await connect({
    address: grpc,
    apiKey,
    poolAddress: pools,
    statsAddress: stats,
    ...(tls !== undefined && { tls }),
    ...(options.nats === true && { nats }),
  });
  try {
    return await work({ client, dataDir });
  } finally {
    await client.close();
  }
}

/** One line of JSON on standard output. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

export function printLine(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** For people only, so that standard output stays what was asked for. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}
