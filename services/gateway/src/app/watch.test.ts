import type { OutputChunk } from '@pilotlight/contracts';
import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { outputFrame } from '../domain/frames.ts';
import { OutputDecoder } from '../domain/output-decoder.ts';
import { type ShownFrame, WatchedExecution } from '../testing/watched.ts';

let execution: WatchedExecution;
afterEach(() => execution.close());

const everything = Number.POSITIVE_INFINITY;
const text = (value: string) => new TextEncoder().encode(value);
const shown = (frames: readonly ShownFrame[]) =>
  frames.flatMap((frame) => (frame.type === 'status' ? [] : (frame.data ?? frame.type)));

/** The frames that stand for output, by what each says. */
function reference(chunks: readonly OutputChunk[]): Map<number, string> {
  const decoder = new OutputDecoder();
  const items = [
    ...chunks.flatMap((chunk) => decoder.take(chunk)),
    ...decoder.end(1, chunks.length),
  ];
  return new Map(
    items.flatMap((item) => {
      if (item.kind === 'began') return [];
      const frame = outputFrame(item);
      return [[frame.from, frame.text] as const];
    }),
  );
}

const action = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      stream: fc.constantFrom('stdout', 'stderr'),
      data: fc.oneof(fc.uint8Array({ maxLength: 30 }), fc.string({ unit: 'grapheme' }).map(text)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('join' as const), from: fc.nat(6), pace: fc.nat(4) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('allow' as const),
      watcher: fc.nat(5),
      frames: fc.nat(4),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('settle' as const) }) },
);

it('shows each frame once and in order, or says which numbers a slow reader missed, whatever happens when', async () => {
  let truncated = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(action, { maxLength: 60, size: 'max' }),
      fc.constantFrom(250, 1024 * 1024),
      async (actions, maxBytesEach) => {
        execution = new WatchedExecution(maxBytesEach);
        const watchers: {
          readonly from: number;
          readonly watcher: ReturnType<typeof execution.watch>;
        }[] = [];
        for (const step of actions) {
          if (step.kind === 'write') await execution.write(step.data, step);
          else if (step.kind === 'settle') await execution.settle();
          else if (step.kind === 'join') {
            const watcher = execution.watch(step.from);
            watcher.allow(step.pace);
            watchers.push({ from: step.from, watcher });
          } else watchers[step.watcher]?.watcher.allow(step.frames);
        }
        await execution.finish();
        const late = execution.watch(0);
        late.allow(everything);
        for (const { watcher } of watchers) watcher.allow(everything);
        const all = [late, ...watchers.map(({ watcher }) => watcher)];
        for (
          let turn = 0;
          turn < 100 && all.some(({ result }) => result === undefined);
          turn += 1
        ) {
          await execution.settle();
        }
        expect(all.filter(({ result }) => result === undefined)).toEqual([]);
        await Promise.all(all.map(({ done }) => done));
        const wanted = reference(execution.chunks);
        for (const { from, watcher } of [...watchers, { from: 0, watcher: late }]) {
          let next = Math.max(1, from);
          for (const frame of watcher.frames.filter(({ type }) => type !== 'status')) {
            if (frame.type === 'truncated') {
              expect(maxBytesEach).toBe(250);
              truncated += 1;
              expect(frame.from).toBe(next);
              next = (frame.to ?? 0) + 1;
            } else {
              expect(frame.seq).toBe(next);
              expect(JSON.stringify(frame)).toBe(wanted.get(next));
              next += 1;
            }
          }
          expect(next).toBe(Math.max(from, wanted.size + 1, 1));
          expect(watcher.result?.status).toBe('completed');
        }
        expect(execution.hub.keptBytes).toBe(0);
        await execution.close();
      },
    ),
    { numRuns: 80, seed: 5 },
  );
  expect(truncated).toBeGreaterThan(10);
});

it('begins anew with a later attempt', async () => {
  execution = new WatchedExecution();
  const early = execution.watch();
  early.allow(everything);
  await execution.write(text('a'));
  await execution.settle();
  await execution.write(text('b'), { attempt: 2 });
  await execution.finish({ attempt: 2, lastOutputSequence: 1 });
  const late = execution.watch(3);
  late.allow(everything);
  await Promise.all([early.done, late.done]);
  expect(shown(early.frames)).toEqual(['a', 'restarted', 'b']);
  expect(shown(late.frames)).toEqual(['restarted', 'b']);
});

it('goes back to an earlier attempt where that one has the result', async () => {
  execution = new WatchedExecution();
  const watcher = execution.watch();
  watcher.allow(everything);
  await execution.write(text('a'));
  await execution.settle();
  await execution.write(text('x'), { attempt: 2 });
  await execution.settle();
  await execution.write(text('b'));
  await execution.finish({ attempt: 1, lastOutputSequence: 2 });
  await watcher.done;
  expect(shown(watcher.frames)).toEqual(['a', 'restarted', 'x', 'restarted', 'a', 'b']);
});

it('tells that it runs, once', async () => {
  execution = new WatchedExecution();
  const watcher = execution.watch(0, { status: 'queued' });
  watcher.allow(everything);
  await execution.settle();
  await execution.lease();
  await execution.settle();
  await execution.finish();
  await watcher.done;
  expect(watcher.frames.map(({ status }) => status)).toEqual(['queued', 'running']);
});

it('waits for output that comes after the result, and says what is gone', async () => {
  execution = new WatchedExecution();
  const watcher = execution.watch();
  watcher.allow(everything);
  await execution.store({ attempt: 1, sequence: 2, stream: 'stdout', data: Buffer.from('b') });
  await execution.finish({ lastOutputSequence: 3 });
  await watcher.done;
  expect(watcher.frames.slice(1)).toMatchObject([
    { type: 'truncated', from: 1, to: 1 },
    { type: 'output', seq: 2 },
    { type: 'truncated', from: 3, to: 3 },
  ]);
});

it('shows all of an execution that ended before', async () => {
  execution = new WatchedExecution();
  await execution.write(text('a'));
  await execution.write(text('b'));
  const result = await execution.finish();
  const watcher = execution.watch(2, { status: 'completed', result });
  watcher.allow(everything);
  await watcher.done;
  expect(shown(watcher.frames)).toEqual(['b']);
});
