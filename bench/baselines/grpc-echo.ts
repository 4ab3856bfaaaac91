// Measures a unary call to the bare server of grpc-echo-server.ts.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as grpc from '@grpc/grpc-js';
import type { Scope } from '@pilotlight/lifecycle';
import { timed } from '../statistics.ts';
import { echoMethod } from './grpc-echo-server.ts';

export interface BareEcho {
  /** Milliseconds of one call from this process to another and back. */
  call(): Promise<number>;
}

/** The server is warmed up first, and ends with the scope. */
export async function bareEcho(scope: Scope): Promise<BareEcho> {
  const script = new URL('grpc-echo-server.ts', import.meta.url).pathname;
  const server = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const closed = once(server, 'close');
  scope.defer('echo server', async () => {
    server.stdin.end();
    await closed;
  });
  const [port] = await once(server.stdout, 'data');
  const address = `127.0.0.1:${String(port).trim()}`;
  const client = new grpc.Client(address, grpc.credentials.createInsecure());
  scope.defer('echo client', () => client.close());
  const payload = Buffer.from('x'.repeat(100));
  for (let call = 0; call < 200; call += 1) await echo(client, payload);
  return { call: () => timed(() => echo(client, payload)) };
}

function echo(client: grpc.Client, payload: Buffer): Promise<void> {
  const { path, requestSerialize, responseDeserialize } = echoMethod;
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, payload, (error) =>
      error === null ? resolve() : reject(error),
    );
  });
}
