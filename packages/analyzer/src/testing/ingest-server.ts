// A real HTTP server that takes reports, or answers whatever a test wants it to.
import {
  createServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
}

export type Answer = (response: ServerResponse, received: Received) => void;

export const ok: Answer = (response) => {
  response.setHeader('Content-Type', 'application/json');
  response.end('{"status":"ok"}');
};

export interface IngestServer {
  readonly url: string;
  readonly received: Received[];
  /** Records of all requests, in order. */
  records(): Record<string, unknown>[];
  /** Resolves when that many requests have come. */
  requests(count: number): Promise<readonly Received[]>;
  readonly sockets: Set<Socket>;
  stop(): Promise<void>;
}

export async function startIngestServer(answer: Answer = ok): Promise<IngestServer> {
  const received: Received[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>;
      const it = { path: request.url ?? '', headers: request.headers, body };
      received.push(it);
      answer(response, it);
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    sockets,
    records: () =>
      received.flatMap(
        ({ body }) => (body['invocations'] as Record<string, unknown>[] | undefined) ?? [body],
      ),
    async requests(count) {
      while (received.length < count) await delay(5);
      return received;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise<unknown>((closed) => server.close(closed));
    },
  };
}
