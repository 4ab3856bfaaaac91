import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AlertRule } from './alert-rule.ts';
import { AlertBook, repeatEveryMs } from './alerts.ts';
import type { Observed } from './observed.ts';

const nothing: Observed = {
  templates: [],
  warmHitRatio: undefined,
  nodes: [],
  queues: [],
  consumers: [],
  database: undefined,
};

/** Reads the depth of each queue given; warning from 10 for 20 s, critical from 100 at once. */
const rule: AlertRule = {
  name: 'depth',
  measures: '',
  unit: 'count',
  comparison: '>=',
  levels: [
    { severity: 'warning', threshold: 10, forMs: 20_000 },
    { severity: 'critical', threshold: 100, forMs: 0 },
  ],
  minSamples: 0,
  resolveAfterMs: 30_000,
  labels: ['queue'],
  ...{ source: '', meaning: '', remedy: '' },
  readings: ({ queues }) =>
    queues.map(({ queue, depth }) => ({ labels: { queue }, value: depth, summary: `${depth}` })),
};

const depth = (value: number, queue = 'q'): Observed => ({
  ...nothing,
  queues: [{ queue, depth: value, oldestSeconds: 0 }],
});

const moment = (nowMs: number) => ({ nowMs, at: new Date(1_000_000 + nowMs) });

/** What is told at each of these times, as `kind severity`. */
function told(book: AlertBook, readings: readonly (readonly [number, Observed])[]): string[][] {
  return readings.map(([nowMs, observed]) =>
    book
      .evaluate(observed, moment(nowMs))
      .map(({ kind, alert }) => `${kind} ${alert.severity} ${alert.value}`),
  );
}

describe('AlertBook', () => {
  it('waits until a value has been beyond its threshold for long enough', () => {
    expect(
      told(new AlertBook([rule]), [
        [0, depth(10)],
        [10_000, depth(10)],
        [15_000, depth(9)],
        [20_000, depth(10)],
        [30_000, depth(11)],
        [40_000, depth(12)],
        [50_000, depth(13)],
      ]),
    ).toEqual([[], [], [], [], [], ['began warning 12'], []]);
  });

  it('says when it gets worse and when it gets better again', () => {
    expect(
      told(new AlertBook([rule]), [
        [0, depth(100)],
        [20_000, depth(100)],
        [30_000, depth(90)],
        [59_000, depth(90)],
        [60_000, depth(90)],
        [70_000, depth(0)],
        [100_000, depth(0)],
        [110_000, depth(0)],
      ]),
    ).toEqual([
      ['began critical 100'],
      [],
      [],
      [],
      ['changed warning 90'],
      [],
      ['resolved warning 0'],
      [],
    ]);
  });

  it('needs a value to be better by a margin, and to stay so', () => {
    const wobbling = Array.from(
      { length: 20 },
      (_, index) => [30_000 + index * 10_000, depth(index % 3 === 2 ? 9 : 9.6)] as const,
    );
    expect(
      told(new AlertBook([rule]), [
        [0, depth(10)],
        [20_000, depth(10)],
        ...wobbling,
        [230_000, depth(9)],
        [260_000, depth(9)],
      ]).flat(),
    ).toEqual(['began warning 10', 'resolved warning 9']);
  });

  it('tells an alert that goes on again, and only then', () => {
    const readings = Array.from(
      { length: 61 },
      (_, index) => [index * 10_000, depth(500)] as const,
    );
    const news = told(new AlertBook([rule]), readings);
    expect(news.flat()).toEqual([
      'began critical 500',
      'repeated critical 500',
      'repeated critical 500',
    ]);
    expect(news[repeatEveryMs / 10_000]).toHaveLength(1);
  });

  it('ends an alert of which nothing is read any more', () => {
    const book = new AlertBook([rule]);
    expect(
      told(book, [
        [0, depth(100)],
        [10_000, nothing],
        [40_000, nothing],
      ]),
    ).toEqual([['began critical 100'], [], ['resolved critical 100']]);
    expect(book.open).toEqual([]);
  });

  it('keeps alerts with other labels apart', () => {
    const book = new AlertBook([rule]);
    book.evaluate(depth(100, 'a'), moment(0));
    book.evaluate(depth(100, 'b'), moment(1_000));
    expect(book.open.map(({ labels }) => labels['queue'])).toEqual(['a', 'b']);
  });

  it('passes over a reading of too few observations', () => {
    const few: AlertRule = {
      ...rule,
      minSamples: 100,
      readings: () => [{ labels: {}, value: 500, samples: 99, summary: '' }],
    };
    expect(new AlertBook([few]).evaluate(nothing, moment(0))).toEqual([]);
  });

  it('goes on with an alert that another one opened', () => {
    const book = new AlertBook([rule]);
    const beganAt = new Date(0);
    const alert = { name: 'depth', labels: { queue: 'q' }, beganAt, value: 100, summary: '100' };
    book.adopt({ ...alert, severity: 'critical' }, moment(0));
    book.adopt({ ...alert, name: 'no such rule', severity: 'critical' }, moment(0));
    expect(book.open).toHaveLength(1);
    expect(book.evaluate(depth(100), moment(1_000))).toEqual([]);
    expect(book.evaluate(depth(0), moment(2_000))).toEqual([]);
    expect(book.evaluate(depth(0), moment(32_000))).toMatchObject([
      { kind: 'resolved', alert: { beganAt, severity: 'critical', value: 0 } },
    ]);
  });

  it('never flaps, whatever is read: each alert begins, may go on, and ends after the delay', () => {
    const values = fc.array(fc.constantFrom(0, 9, 9.6, 10, 50, 96, 100, 1_000), { maxLength: 100 });
    fc.assert(
      fc.property(values, (given) => {
        const book = new AlertBook([rule]);
        let begun: number | undefined;
        for (const [index, value] of given.entries()) {
          const nowMs = index * 10_000;
          for (const { kind } of book.evaluate(depth(value), moment(nowMs))) {
            expect(kind === 'began').toBe(begun === undefined);
            if (kind === 'began') begun = nowMs;
            if (kind !== 'resolved') continue;
            expect(nowMs - (begun ?? nowMs)).toBeGreaterThanOrEqual(rule.resolveAfterMs);
            begun = undefined;
          }
          expect(book.open.length).toBe(begun === undefined ? 0 : 1);
        }
      }),
    );
  });
});
