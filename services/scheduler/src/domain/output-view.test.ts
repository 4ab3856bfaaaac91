import { type ExecutionEvent, ExecutionResult, OutputChunk } from '@pilotlight/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OutputView } from './output-view.ts';

function chunk(attempt: number, sequence: number): OutputChunk {
  return OutputChunk.create({ executionId: 'e', attempt, sequence, stream: 'stdout' });
}

function result(attempt: number): ExecutionResult {
  return ExecutionResult.create({ executionId: 'e', status: 'completed', attempt });
}

/** `1.2`: chunk 2 of attempt 1; `!2`: restarted as attempt 2; `=1`: the result of attempt 1. */
function told(events: readonly ExecutionEvent[]): string[] {
  return events.flatMap(({ event }) => {
    if (event?.$case === 'output') return `${event.output.attempt}.${event.output.sequence}`;
    if (event?.$case === 'restarted') return `!${event.restarted}`;
    if (event?.$case === 'result') return `=${event.result.attempt}`;
    return [];
  });
}

function show(from: number, chunks: readonly OutputChunk[], end: ExecutionResult): string[] {
  const view = new OutputView(from);
  const events = chunks.flatMap((it) => view.chunk(it));
  const last = view.result(end);
  events.push(...last.events);
  if (last.replay) {
    events.push(...chunks.flatMap((it) => view.chunk(it)), ...view.result(end).events);
  }
  return told(events);
}

describe('OutputView', () => {
  const two = [chunk(1, 1), chunk(1, 2), chunk(2, 1), chunk(1, 3), chunk(2, 2)];

  it.each<[string, number, OutputChunk[], number, string[]]>([
    ['from the start', 0, [chunk(1, 1), chunk(1, 2)], 1, ['1.1', '1.2', '=1']],
    ['from a number', 2, [chunk(1, 1), chunk(1, 2)], 1, ['1.2', '=1']],
    ['nothing written', 0, [], 1, ['=1']],
    ['a second attempt', 0, two, 2, ['1.1', '1.2', '!2', '2.1', '2.2', '=2']],
    ['a second attempt that wrote nothing', 0, [chunk(1, 1)], 2, ['1.1', '!2', '=2']],
    [
      'a first attempt that won late',
      0,
      two,
      1,
      ['1.1', '1.2', '!2', '2.1', '2.2', '!1', '1.1', '1.2', '1.3', '=1'],
    ],
    ['a resumed watcher, told of another attempt', 9, two, 2, ['!2', '2.1', '2.2', '=2']],
    ['chunks out of order', 0, [chunk(1, 2), chunk(1, 1)], 1, ['1.1', '1.2', '=1']],
    ['a chunk twice', 0, [chunk(1, 1), chunk(1, 1)], 1, ['1.1', '=1']],
    ['a start that has aged out', 0, [chunk(1, 3), chunk(1, 4)], 1, ['1.3', '1.4', '=1']],
    ['never run at all', 0, [chunk(1, 1)], 0, ['1.1', '=0']],
  ])('shows %s', (_, from, chunks, attempt, expected) => {
    expect(show(from, chunks, result(attempt))).toEqual(expected);
  });

  it('ends with all chunks of the attempt of the result, once and in order, whatever came', () => {
    const arrivals = fc.array(fc.record({ attempt: fc.integer({ min: 1, max: 3 }) }));
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 1, max: 3 }), (all, winner) => {
        const counts = new Map<number, number>();
        const chunks = all.map(({ attempt }) => {
          counts.set(attempt, (counts.get(attempt) ?? 0) + 1);
          return chunk(attempt, counts.get(attempt) ?? 0);
        });
        const events = show(0, chunks, result(winner));
        const final = events.slice(events.findLastIndex((it) => it.startsWith('!')) + 1, -1);
        const wanted = Array.from({ length: counts.get(winner) ?? 0 }, (_, n) => {
          return `${winner}.${n + 1}`;
        });
        expect(final).toEqual(wanted);
        expect(events.at(-1)).toBe(`=${winner}`);
      }),
    );
  });
});
