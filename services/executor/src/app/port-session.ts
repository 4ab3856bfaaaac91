// One TCP connection from a lease's holder to a program inside.
import type { Duplex } from 'node:stream';
import {
  type ConnectPortOpen,
  type ConnectPortRequest,
  type ConnectPortResponse,
  invalidFields,
  PlatformError,
} from '@pilotlight/contracts';
import type { Sandbox } from '@pilotlight/sandbox-runtime';
import { unlessAborted, untilAborted } from './abortable.ts';
import type { LeaseCalls } from './lease-book.ts';

const nothing = new Uint8Array();

/**
 * Answers with an empty message once connected, then with what comes, and with a second empty message
 * when the program sends no more. Ends when both sides have ended. The lease does not become idle
 * meanwhile. Rejects `unavailable` where nobody listens or the connection breaks.
 */
export async function* connectPort(
  { leases }: { readonly leases: LeaseCalls },
  requests: AsyncIterable<ConnectPortRequest>,
  signal: AbortSignal,
): AsyncGenerator<ConnectPortResponse> {
  const messages = requests[Symbol.asyncIterator]();
  const open = await firstOpen(messages);
  const call = leases.begin(open.lease);
  const until = AbortSignal.any([signal, call.lease.ended]);
  try {
    const connection = await unlessAborted(connect(call.lease.sandbox, open.port, until), until);
    const stop = () => connection.destroy();
    until.addEventListener('abort', stop, { once: true });
    const closed = new Promise<void>((resolve) => void connection.once('close', resolve));
    connection.on('error', () => undefined);
    try {
      yield { data: nothing };
      const sent = feed(connection, untilAborted(messages, until)).catch(stop);
      yield* received(connection);
      until.throwIfAborted();
      yield { data: nothing };
      await unlessAborted(Promise.race([sent, closed]), until);
    } catch (thrown) {
      // Whoever closed it from this side knows the reason.
      until.throwIfAborted();
      throw thrown;
    } finally {
      until.removeEventListener('abort', stop);
      connection.destroy();
    }
  } finally {
    call.done();
  }
}

async function firstOpen(messages: AsyncIterator<ConnectPortRequest>): Promise<ConnectPortOpen> {
  const first = await messages.next();
  const message = first.done === true ? undefined : first.value.message;
  if (message?.$case !== 'open') {
    throw invalidFields([{ field: 'open', problem: 'must be the first message' }]);
  }
  const { port } = message.open;
  if (port >= 1 && port <= 65_535) return message.open;
  throw invalidFields([{ field: 'port', problem: 'must be 1 to 65535' }]);
}

/** One that comes when nobody waits for it any more is closed. */
async function connect(sandbox: Sandbox, port: number, until: AbortSignal): Promise<Duplex> {
  const connection = await sandbox.connect(port);
  if (until.aborted) connection.destroy();
  return connection;
}

/** No faster than the program reads; then its end of input. */
async function feed(
  connection: Duplex,
  messages: AsyncIterable<ConnectPortRequest>,
): Promise<void> {
  for await (const { message } of messages) {
    if (message?.$case !== 'data' || connection.writableEnded || connection.destroyed) continue;
    if (!connection.write(message.data)) await drainedOrClosed(connection);
  }
  connection.end();
}

async function* received(connection: Duplex): AsyncGenerator<ConnectPortResponse> {
  const chunks: AsyncIterator<Uint8Array> = connection.iterator({ destroyOnReturn: false });
  for (;;) {
    const next = await chunks.next().catch((cause: unknown) => {
      throw new PlatformError('unavailable', 'The connection broke.', { cause });
    });
    if (next.done === true) return;
    if (next.value.length > 0) yield { data: next.value };
  }
}

function drainedOrClosed(connection: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      for (const event of ['drain', 'close']) connection.off(event, done);
      resolve();
    };
    for (const event of ['drain', 'close']) connection.once(event, done);
  });
}
