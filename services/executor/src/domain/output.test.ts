import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Chunk, Coalescer, gatherMs, maxChunkBytes, type OutputSource } from './coalescer.ts';
import { OutputBudget } from './output-budget.ts';

const sources = fc.record<OutputSource>({
  stage: fc.constantFrom('compile', 'run'),
  stream: fc.constantFrom('stdout', 'stderr'),
});
const allSources = (['compile', 'run'] as const).flatMap((stage) =>
  (['stdout', 'stderr'] as const).map((stream) => ({ stage, stream })),
);
const isOf = (a: OutputSource) => (b: OutputSource) => a.stage === b.stage && a.stream === b.stream;
const out = { stage: 'run', stream: 'stdout' } as const;
const writes = fc.array(fc.tuple(sources, fc.uint8Array({ maxLength: 50 }), fc.nat(8)));
const bytesOf = (text: string) => Buffer.from(text);

describe('the output budget', () => {
  it('keeps exactly the first bytes up to the cap, and the first of each stream inline', () => {
    fc.assert(
      fc.property(writes, fc.nat(200), fc.nat(60), (given, totalBytes, inlineBytes) => {
        const budget = new OutputBudget({ totalBytes, inlineBytes });
        const kept = given.map(([source, bytes]) => ({
          ...source,
          ...budget.accept(source, bytes),
        }));
        const offered = given.reduce((sum, [, bytes]) => sum + bytes.length, 0);
        const keptBytes = kept.reduce((sum, part) => sum + part.kept.length, 0);
        expect(keptBytes).toBe(Math.min(offered, totalBytes));
        expect(kept.at(-1)?.exceeded ?? false).toBe(offered > totalBytes);
        for (const source of allSources) {
          const all = Buffer.concat(kept.filter(isOf(source)).map((part) => part.kept));
          const { data, truncated, totalBytes: total } = budget.captured(source);
          expect(Buffer.from(data)).toEqual(all.subarray(0, inlineBytes));
          expect(truncated).toBe(total > data.length);
        }
      }),
    );
  });
});

describe('the coalescer', () => {
  it('sends an answer at once, with what was gathered before it', () => {
    const coalescer = new Coalescer();
    coalescer.offer(out, bytesOf('a'), 0);
    expect(coalescer.offer(out, bytesOf('b'), 1)).toEqual([]);
    coalescer.expectAnswer('run');
    expect(coalescer.offer(out, bytesOf('c'), 2)).toEqual([
      { sequence: 2, ...out, data: bytesOf('bc') },
    ]);
    expect(coalescer.offer(out, bytesOf('d'), 3)).toEqual([]);
  });

  it('sends the first chunk at once and gathers later ones', () => {
    const coalescer = new Coalescer();
    expect(coalescer.offer(out, bytesOf('a'), 0)).toHaveLength(1);
    expect(coalescer.offer(out, bytesOf('b'), 1)).toEqual([]);
    expect(coalescer.dueAtMs).toBe(1 + gatherMs);
    expect(coalescer.offer(out, bytesOf('c'), 5)).toEqual([]);
    expect(coalescer.flush()).toEqual([{ sequence: 2, ...out, data: bytesOf('bc') }]);
    expect(coalescer.dueAtMs).toBeUndefined();
  });

  it('sends the first of the program at once, whatever was compiled before', () => {
    const coalescer = new Coalescer();
    coalescer.offer({ stage: 'compile', stream: 'stderr' }, bytesOf('warning'), 0);
    expect(coalescer.offer(out, bytesOf('hello'), 1)).toEqual([
      { sequence: 2, ...out, data: bytesOf('hello') },
    ]);
  });

  it('sends without waiting once a chunk is full', () => {
    const coalescer = new Coalescer();
    coalescer.offer(out, bytesOf('a'), 0);
    const chunks = coalescer.offer(
      { stage: 'run', stream: 'stderr' },
      Buffer.alloc(maxChunkBytes + 1),
      0,
    );
    expect(chunks.map(({ data }) => data.length)).toEqual([maxChunkBytes, 1]);
  });

  it('keeps every byte in order, numbers chunks without gaps, and keeps them small', () => {
    fc.assert(
      fc.property(writes, (given) => {
        const coalescer = new Coalescer();
        let nowMs = 0;
        const chunks: Chunk[] = [];
        for (const [source, bytes, waitedMs] of given) {
          nowMs += waitedMs;
          chunks.push(...coalescer.offer(source, bytes, nowMs));
        }
        chunks.push(...coalescer.flush());
        expect(chunks.map(({ sequence }) => sequence)).toEqual(chunks.map((_, index) => index + 1));
        expect(coalescer.lastSequence).toBe(chunks.length);
        for (const source of allSources) {
          const written = Buffer.concat(
            given.filter(([from]) => isOf(source)(from)).map(([, bytes]) => bytes),
          );
          const sent = Buffer.concat(chunks.filter(isOf(source)).map(({ data }) => data));
          expect(sent).toEqual(written);
        }
        for (const { data } of chunks) expect(data.length).toBeLessThanOrEqual(maxChunkBytes);
      }),
    );
  });
});
