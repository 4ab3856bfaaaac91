// A TCP connection to a port that a program listens on inside a leased sandbox.
import { Duplex } from 'node:stream';
import {
  type ConnectPortRequest,
  type ConnectPortResponse,
  type LeaseRef,
  PlatformError,
} from '@pilotlight/contracts';
import { Outbox } from './outbox.ts';
import { split } from './pieces.ts';
import type { SandboxRpc } from './sandbox-rpc.ts';

export interface ConnectPortOptions {
  /** Aborting breaks the connection off. */
  readonly signal?: AbortSignal;
}

/** As `SandboxHandle.connectPort`. */
export async function connectPort(
  rpc: SandboxRpc,
  lease: LeaseRef,
  port: number,
  { signal }: ConnectPortOptions = {},
): Promise<Duplex> {
  const outbox = new Outbox<ConnectPortRequest>();
  outbox.put({ message: { $case: 'open', open: { lease, port } } });
  const broken = new AbortController();
  const until = AbortSignal.any([broken.signal, ...(signal ? [signal] : [])]);
  const call: Call = { outbox, responses: responsesOf(rpc, outbox, until), broken };
  try {
    const first = await call.responses.next();
    if (first.done === true) throw new PlatformError('unavailable', 'There was no connection.');
  } catch (thrown) {
    outbox.end();
    throw thrown;
  }
  return duplexOf(call);
}

interface Call {
  readonly outbox: Outbox<ConnectPortRequest>;
  readonly responses: AsyncIterator<ConnectPortResponse>;
  readonly broken: AbortController;
}

function responsesOf(rpc: SandboxRpc, outbox: Outbox<ConnectPortRequest>, signal: AbortSignal) {
  return rpc.connectPort(outbox, { signal })[Symbol.asyncIterator]();
}

/** Reads no faster than it is read, and writes no faster than the other side takes. */
function duplexOf({ outbox, responses, broken }: Call): Duplex {
  let isOver = false;
  const connection = new Duplex({
    read() {
      receive().catch((thrown: unknown) => connection.destroy(PlatformError.from(thrown)));
    },
    write(piece: Uint8Array, _, done) {
      if (isOver) return done(new PlatformError('unavailable', 'The connection is closed.'));
      const parts = [...split(piece)];
      // An empty piece is not sent: there is nothing in it to be read.
      const last = parts.pop();
      if (last === undefined) return done();
      for (const data of parts) outbox.put({ message: { $case: 'data', data } });
      outbox.put({ message: { $case: 'data', data: last } }, () => done());
    },
    final(done) {
      outbox.end();
      done();
    },
    destroy(error, done) {
      outbox.end();
      // What was written last may be on its way still: a call that ends by itself is left to.
      if (!connection.readableEnded || !connection.writableFinished) {
        broken.abort();
        responses.return?.().catch(() => undefined);
      }
      done(error);
    },
  });
  const receive = async () => {
    const next = await responses.next();
    if (next.done !== true && next.value.data.length > 0) {
      connection.push(next.value.data);
      return;
    }
    connection.push(null);
    if (next.done !== true) await responses.next();
    isOver = true;
    outbox.end();
  };
  return connection;
}
