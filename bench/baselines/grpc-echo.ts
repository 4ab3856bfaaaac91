// Measures a unary call to the bare server of grpc-echo-server.ts.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as grpc from '@grpc/grpc-js';
import { type Percentiles, percentiles, timed } from '../statistics.ts';
import { echoMethod } from './grpc-echo-server.ts';

/** Milliseconds of one call after another, from this process to another and back. */
export async function measureGrpcEcho(calls: number): Promise<Percentiles> {
  const script = new URL('grpc-echo-server.ts', import.meta.url).pathname;
  const server = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const closed = once(server, 'close');
  try {
    const [port] = await once(server.stdout, 'data');
    const address = `127.0.0.1:${String(port).trim()}`;
    const client = new grpc.Client(address, grpc.credentials.createInsecure());
    const payload = Buffer.from('x'.repeat(100));
    const samples: number[] = [];
    for (let call = 0; call < calls; call += 1)
      samples.push(await timed(() => echo(client, payload)));
    client.close();
    return percentiles(samples.slice(Math.ceil(calls / 10)));
  } finally {
    server.stdin.end();
    await closed;
  }
}

function echo(client: grpc.Client, payload: Buffer): Promise<void> {
  const { path, requestSerialize, responseDeserialize } = echoMethod;
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, payload, (error) =>
      error === null ? resolve() : reject(error),
    );
  });
}
