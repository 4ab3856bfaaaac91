// Calls that a connection refuses because it is going away.
import { once } from 'node:events';
import { constants, createServer, type Http2Server } from 'node:http2';
import { PoolServiceDefinition } from '@pilotlight/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { connectRpc } from './client.ts';

let server: Http2Server | undefined;

afterEach(() => server?.close());

/** Refuses the first calls, and answers the others with an empty message. */
async function serveAfterRefusing(refusals: number) {
  let calls = 0;
  server = createServer();
  server.on('stream', (stream) => {
    calls += 1;
    if (calls <= refusals) {
      stream.on('error', () => {});
      stream.close(constants.NGHTTP2_REFUSED_STREAM);
      return;
    }
    stream.respond(
      { ':status': 200, 'content-type': 'application/grpc+proto' },
      { waitForTrailers: true },
    );
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(Buffer.alloc(5));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const { client, close } = connectRpc(PoolServiceDefinition, { address: `127.0.0.1:${port}` });
  return { client, close, calls: () => calls };
}

describe('a call that was refused before it began', () => {
  it('is made again', async () => {
    const { client, close, calls } = await serveAfterRefusing(3);
    expect(await client.listPools({})).toMatchObject({ pools: [] });
    expect(calls()).toBe(4);
    close();
  });

  it('is given up on in the end', async () => {
    const { client, close } = await serveAfterRefusing(1_000);
    await expect(client.listPools({})).rejects.toMatchObject({
      code: 'unavailable',
      message: 'Stream refused by server',
    });
    close();
  });
});
