// Output is streamed as it comes, byte by byte what was written, and can be read again from any
// sequence number by anybody who watches later.
import { createHash, randomUUID } from 'node:crypto';
import type { ExecutionUpdate } from '@pilotlight/client';
import type { ExecutionResult, OutputChunk } from '@pilotlight/contracts';
import { describe, expect, it } from 'vitest';
import { runExactly } from './behaviour-fixture.ts';
import { usePlatform } from './fixture.ts';
import { storedOutput } from './stored.ts';

/** What one watcher saw of one execution. */
interface Seen {
  readonly chunks: readonly OutputChunk[];
  readonly result: ExecutionResult;
}

async function readAll(updates: AsyncIterable<ExecutionUpdate>): Promise<Seen> {
  const chunks: OutputChunk[] = [];
  for await (const update of updates) {
    if (update.$case === 'output') chunks.push(update.output);
    if (update.$case === 'result') return { chunks, result: update.result };
  }
  throw new Error('The watch ended before the execution.');
}

function bytesOf(chunks: readonly OutputChunk[], stream: string): Buffer {
  return Buffer.concat(chunks.filter((chunk) => chunk.stream === stream).map(({ data }) => data));
}

/** Chunks in a form that is quick to compare and short to print where they differ. */
function summaries(chunks: readonly OutputChunk[]): string[] {
  return chunks.map(({ attempt, sequence, stream, data }) => {
    const digest = createHash('sha256').update(data).digest('hex').slice(0, 16);
    return `${attempt}/${sequence} ${stream} ${data.length} ${digest}`;
  });
}

/** A result with its output as digests. */
function summaryOf({ stdout, stderr, ...result }: ExecutionResult) {
  const digestOf = (data: Uint8Array = Buffer.alloc(0)) =>
    createHash('sha256').update(data).digest('hex');
  return { ...result, stdout: digestOf(stdout?.data), stderr: digestOf(stderr?.data) };
}

/** Every byte value, escapes, broken and whole UTF-8. */
const oddBytes = Buffer.from([
  ...Array.from({ length: 256 }, (_, i) => i),
  ...Buffer.from('\u001b[31mred\u001b[0m\r\n\0é😀'),
  ...[0xff, 0xfe, 0xc3, 0x28, 0xe2, 0x82],
]);
const copyStdin = {
  sh: 'cat; cat /dev/null',
  python: 'import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())',
  javascript: 'process.stdout.write(require("fs").readFileSync(0))',
};

const mebibyte = 1024 * 1024;
/** Numbered lines on both streams, some of it beyond what rides in a result. */
const both = `
import sys
for i in range(40000):
    print(f"out {i:08}", flush=i % 1000 == 0)
    if i % 10 == 0: print(f"err {i:08}", file=sys.stderr)`;
const numbered = (word: string, step: number) =>
  Array.from({ length: 40_000 / step }, (_, i) => `${word} ${`${i * step}`.padStart(8, '0')}\n`);

describe('output', () => {
  const under = usePlatform({ driver: 'oci' });

  it.each(Object.entries(copyStdin))('is byte exact (%s)', async (language, code) => {
    const outcome = await runExactly(under.client, { language, code, stdin: oddBytes });
    expect(outcome.stdoutBytes).toEqual(oddBytes);
    expect(outcome.result.stdout).toMatchObject({ totalBytes: oddBytes.length, truncated: false });
  });

  it('is byte exact over a mebibyte of input and output', async () => {
    const stdin = Buffer.from(Array.from({ length: mebibyte }, (_, i) => (i * 7919) >> 3));
    const outcome = await runExactly(under.client, { language: 'sh', code: 'cat', stdin });
    expect(outcome.stdoutBytes.equals(stdin)).toBe(true);
  });

  it('keeps characters whole that fall on the edge of a chunk or of the result', async () => {
    const code = 'import sys; sys.stdout.write("x" + "😀é" * 60000)';
    const { stdout, result } = await runExactly(under.client, { language: 'python', code });
    expect(stdout === `x${'😀é'.repeat(60_000)}`).toBe(true);
    expect(result.stdout).toMatchObject({ truncated: true, totalBytes: 360_001 });
  });

  it('past 64 KiB is cut in the result, marked, and whole for who watches', async () => {
    const id = randomUUID();
    await runExactly(under.client, { id, language: 'python', code: both });
    const { chunks, result } = await readAll(under.client.watchOutput(id));
    const [out, err] = [bytesOf(chunks, 'stdout'), bytesOf(chunks, 'stderr')];
    expect(out.toString() === numbered('out', 1).join('')).toBe(true);
    expect(err.toString() === numbered('err', 10).join('')).toBe(true);
    expect(result.stdout).toMatchObject({ truncated: true, totalBytes: out.length });
    expect(result.stderr).toMatchObject({ truncated: false, totalBytes: err.length });
    expect(out.subarray(0, 65_536).equals(result.stdout?.data ?? out)).toBe(true);
    expect(err.equals(result.stderr?.data ?? out)).toBe(true);
  });

  it('has sequence numbers from 1 without gaps, in chunks of at most 32 KiB', async () => {
    const { nats } = under.client;
    const { id } = await nats.publish({ language: 'python', code: both, userId: 'ann' });
    const { chunks, result } = await readAll(nats.watch(id));
    expect(chunks.map(({ sequence }) => sequence)).toEqual(chunks.map((_, i) => i + 1));
    expect(result.lastOutputSequence).toBe(chunks.length);
    expect(chunks.filter(({ data }) => data.length > 32 * 1024)).toEqual([]);
    expect(summaries(await storedOutput(under.bus, id))).toEqual(summaries(chunks));
  });

  it('is the same for live and late watchers, over gRPC and NATS', async () => {
    const { client } = under;
    const { id } = await client.nats.publish({ language: 'python', code: both, userId: 'ann' });
    const [overGrpc, overNats] = await Promise.all([
      readAll(client.watchOutput(id)),
      readAll(client.nats.watch(id)),
    ]);
    const late = await Promise.all([
      readAll(client.watchOutput(id)),
      readAll(client.nats.watch(id)),
    ]);
    for (const seen of [overNats, ...late]) {
      expect(summaries(seen.chunks)).toEqual(summaries(overGrpc.chunks));
      expect(summaryOf(seen.result)).toEqual(summaryOf(overGrpc.result));
    }
  });

  it('can be read again from any sequence number', async () => {
    const id = randomUUID();
    await runExactly(under.client, { id, language: 'python', code: both });
    const { chunks, result } = await readAll(under.client.watchOutput(id));
    for (const fromSequence of [2, Math.floor(chunks.length / 2), chunks.length]) {
      const again = await readAll(under.client.watchOutput(id, { fromSequence }));
      expect(summaries(again.chunks)).toEqual(summaries(chunks.slice(fromSequence - 1)));
      expect(summaryOf(again.result)).toEqual(summaryOf(result));
    }
    const after = { fromSequence: chunks.length + 1 };
    expect((await readAll(under.client.watchOutput(id, after))).chunks).toEqual([]);
  });

  it('comes while the program runs', async () => {
    const go = new AbortController();
    const id = randomUUID();
    const pieces: string[] = [];
    const code = 'echo first; sleep 20; echo never';
    const run = under.client.run(
      { id, language: 'sh', code, userId: 'ann', timeoutSeconds: 30 },
      {
        onStdout(piece) {
          pieces.push(Buffer.from(piece).toString());
          go.abort();
        },
      },
    );
    await new Promise((resolve) => go.signal.addEventListener('abort', resolve));
    await under.client.cancel(id);
    expect(await run).toMatchObject({ status: 'cancelled', exitCode: -1, stdout: 'first\n' });
    expect(pieces).toEqual(['first\n']);
  });

  it('of what wrote nothing is nothing', async () => {
    const id = randomUUID();
    const { result } = await runExactly(under.client, { id, language: 'sh', code: 'exit 3' });
    expect(result).toMatchObject({ exitCode: 3, lastOutputSequence: 0 });
    expect(await readAll(under.client.watchOutput(id))).toEqual({ chunks: [], result });
  });
});
