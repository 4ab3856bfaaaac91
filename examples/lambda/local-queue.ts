// As much of SQS as the function `orders` calls, on loopback: SendMessage in the JSON protocol that both
// generations of AWS's SDK speak.
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

export interface LocalQueue {
  readonly url: string;
  close(): void;
}

/** Listens on a free port of 127.0.0.1. Keeps nothing of what is sent. */
export async function startLocalQueue(): Promise<LocalQueue> {
  const server = createServer(async (request, response) => {
    const message = (await json(request)) as { readonly MessageBody: string };
    const MD5OfMessageBody = createHash('md5').update(message.MessageBody).digest('hex');
    response.writeHead(200, { 'Content-Type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ MessageId: randomUUID(), MD5OfMessageBody }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/000000000000/orders`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
