// WebSockets: one server for all routes, and the pings that find dead peers.
import websocket from '@fastify/websocket';
import type { PlatformError } from '@pilotlight/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { httpErrorFrom } from './errors.ts';
import type { FastifyInstance } from './fastify.ts';

/** A message up to here is ours to refuse; the library closes on a larger one (1009). */
const maxPayloadBytes = 256 * 1024;
const pingEveryMs = 30_000;
/** Output that waits in this process for one reader; the rest waits where it is shared. */
const maxBufferedBytes = 64 * 1024;
/** RFC 6455, 5.5.1: of a close frame's 125 bytes two are the code. */
const maxReasonBytes = 123;

/** Before any route. */
export async function acceptWebSockets(app: FastifyInstance): Promise<void> {
  await app.register(websocket, {
    options: { maxPayload: maxPayloadBytes, perMessageDeflate: false },
    errorHandler: (_error, socket) => socket.terminate(),
  });
  const silent = new WeakSet<WebSocket>();
  app.websocketServer.on('connection', (socket) => {
    socket.on('pong', () => silent.delete(socket));
  });
  const pings = setInterval(() => {
    for (const socket of app.websocketServer.clients) {
      if (silent.has(socket)) socket.terminate();
      else if (socket.readyState === socket.OPEN) {
        silent.add(socket);
        socket.ping();
      }
    }
  }, pingEveryMs);
  pings.unref();
  app.addHook('onClose', () => clearInterval(pings));
}

/**
 * The last hook of a WebSocket's route: without it the connection would hold on to the answer that is never
 * given, and with it to the whole request, which is a third of what a watcher costs.
 */
export function forgetAnswer(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  if (request.ws) reply.raw.detachSocket(request.raw.socket);
  done();
}

/** The same for what the library's own listener holds on to. To be called first. */
export function forgetRequest(socket: WebSocket): void {
  socket.removeAllListeners('error');
  socket.on('error', terminate);
}

function terminate(this: WebSocket): void {
  this.terminate();
}

/** Resolves when more may be sent; at once while little waits. */
export async function sendPaced(socket: WebSocket, text: string): Promise<void> {
  if (socket.bufferedAmount + text.length <= maxBufferedBytes) socket.send(text);
  else await new Promise<void>((resolve) => socket.send(text, () => resolve()));
}

/** Tells what is wrong, in the words of REST, and goes on. */
export function sendError(socket: WebSocket, error: PlatformError): void {
  const { detail, error_code } = httpErrorFrom(error, new Date()).body;
  socket.send(JSON.stringify({ type: 'error', detail, error_code }));
}

export function closeWith(socket: WebSocket, code: number, reason = ''): void {
  const bytes = Buffer.from(reason).subarray(0, maxReasonBytes);
  socket.close(code, bytes.toString().replace(/\uFFFD+$/, ''));
}
