import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { demultiplex } from './demultiplex.ts';

const nonce = 'feedbeef';

function frame(type: 1 | 2, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(type, 0);
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

const frames = fc.array(
  fc.record({
    type: fc.constantFrom(1 as const, 2 as const),
    payload: fc.uint8Array({ maxLength: 50 }),
  }),
  { maxLength: 12 },
);

describe('demultiplex', () => {
  it('gives each stream exactly its bytes, wherever chunks are cut', async () => {
    await fc.assert(
      fc.asyncProperty(frames, fc.integer({ min: 1, max: 30 }), async (sent, chunkBytes) => {
        const source = new PassThrough();
        const { stdout, stderr, report } = demultiplex(source, nonce);
        const wire = Buffer.concat(sent.map(({ type, payload }) => frame(type, payload)));
        for (let at = 0; at < wire.length; at += chunkBytes) {
          source.write(wire.subarray(at, at + chunkBytes));
        }
        source.end();
        const of = (wanted: 1 | 2) =>
          Buffer.concat(sent.filter(({ type }) => type === wanted).map(({ payload }) => payload));
        expect(await buffer(stdout)).toEqual(of(1));
        expect(await buffer(stderr)).toEqual(of(2));
        expect(await report).toBeUndefined();
      }),
      { numRuns: 50 },
    );
  });

  it('settles the report before the streams end', async () => {
    const source = new PassThrough();
    const { stdout, stderr, report } = demultiplex(source, nonce);
    source.write(frame(2, Buffer.from(`no\0${nonce} exit 3\n`)));
    expect(await report).toEqual({ kind: 'exited', code: 3 });
    expect([stdout.readableEnded, stderr.read()?.toString()]).toEqual([false, 'no']);
    source.destroy();
  });

  it('stops its source while a reader is behind, and goes on when it reads', async () => {
    const source = new PassThrough();
    const { stdout } = demultiplex(source, nonce);
    const paused = once(source, 'pause');
    source.write(frame(1, Buffer.alloc(1 << 20)));
    await paused;
    expect(source.isPaused()).toBe(true);
    const resumed = once(source, 'resume');
    stdout.resume();
    await resumed;
    source.destroy();
  });

  it('is not held up by a stream that was destroyed', async () => {
    const source = new PassThrough();
    const { stdout, report } = demultiplex(source, nonce);
    stdout.destroy();
    source.write(frame(1, Buffer.alloc(1 << 20)));
    source.write(frame(2, Buffer.from(`\0${nonce} exit 0\n`)));
    expect(await report).toEqual({ kind: 'exited', code: 0 });
    source.destroy();
  });

  it('takes everything once it is told to drain', async () => {
    const source = new PassThrough();
    const { report, drain } = demultiplex(source, nonce);
    const paused = once(source, 'pause');
    source.write(frame(1, Buffer.alloc(1 << 20)));
    source.write(frame(1, Buffer.alloc(1 << 20)));
    source.write(frame(2, Buffer.from(`\0${nonce} signal 137\n`)));
    await paused;
    drain();
    expect(await report).toEqual({ kind: 'signalled', signal: 'SIGKILL' });
    source.destroy();
  });
});
