// Splits the one stream that Docker sends for a container without a terminal into stdout and stderr.
// dockerode's own splitter ignores backpressure; this one stops the engine, and so the program, when
// a reader falls behind. As they share a connection, a reader that stops holds up the other stream.
import { Buffer } from 'node:buffer';
import { Readable } from 'node:stream';
import type { ExitStatus } from '../driver.ts';
import { ExitReportReader } from './exit-report.ts';

const headerBytes = 8;
const stderrType = 2;

/** Both outputs of one process in a container, and what its init reported about its end. */
export interface Outputs {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /**
   * The init's report as soon as it is read; undefined when the stream ends without one. Whoever
   * waits for it has to read or destroy both streams, or call `drain`.
   */
  readonly report: Promise<ExitStatus | undefined>;
  /**
   * From now on takes everything, whether or not it is read: for when the process is being killed,
   * and what is left is bounded by the engine's buffers and what it can write until then.
   */
  drain(): void;
}

/** Takes over `source`, which must not have been read from, until its end or error. */
export function demultiplex(source: Readable, nonce: string): Outputs {
  const { promise: report, resolve } = Promise.withResolvers<ExitStatus | undefined>();
  const reader = new ExitReportReader(nonce, resolve);
  const blocked = new Set<Readable>();
  let draining = false;

  const release = (stream: Readable) => {
    if (blocked.delete(stream) && blocked.size === 0) source.resume();
  };
  const output = () =>
    new Readable({
      read() {
        release(this);
      },
      destroy(error, done) {
        release(this);
        done(error);
      },
    });
  const stdout = output();
  const stderr = output();

  const deliver = (stream: Readable, bytes: Buffer) => {
    if (bytes.length === 0 || stream.destroyed || stream.push(bytes) || draining) return;
    blocked.add(stream);
    source.pause();
  };
  const split = frameSplitter((type, bytes) => {
    if (type === stderrType) deliver(stderr, reader.push(bytes));
    else deliver(stdout, bytes);
  });
  const end = () => {
    deliver(stderr, reader.end());
    for (const stream of [stdout, stderr]) if (!stream.destroyed) stream.push(null);
    resolve(undefined);
  };
  source.on('data', split);
  source.once('close', end);
  source.on('error', () => source.destroy());
  source.once('end', () => source.destroy());

  return {
    stdout,
    stderr,
    report,
    drain() {
      draining = true;
      for (const stream of blocked) release(stream);
    },
  };
}

/**
 * Calls `deliver` with each piece of payload as it comes, without waiting for whole frames. A frame
 * is its stream's type, three zero bytes, the payload's length (big endian) and the payload.
 */
function frameSplitter(deliver: (type: number, bytes: Buffer) => void): (chunk: Buffer) => void {
  const header = Buffer.alloc(headerBytes);
  let headerFill = 0;
  let payloadLeft = 0;
  return (chunk) => {
    for (let offset = 0; offset < chunk.length; ) {
      if (payloadLeft === 0) {
        const taken = chunk.copy(header, headerFill, offset);
        headerFill += taken;
        offset += taken;
        if (headerFill < headerBytes) return;
        headerFill = 0;
        payloadLeft = header.readUInt32BE(4);
        continue;
      }
      const bytes = chunk.subarray(offset, offset + payloadLeft);
      offset += bytes.length;
      payloadLeft -= bytes.length;
      deliver(header.readUInt8(0), bytes);
    }
  };
}
