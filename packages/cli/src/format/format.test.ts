import { describe, expect, it } from 'vitest';
import { phasesTable } from './phases.ts';
import { age, milliseconds } from './quantities.ts';
import { table } from './table.ts';

describe('milliseconds', () => {
  it.each([
    [undefined, '-'],
    [0, '0.0 ms'],
    [1.26, '1.3 ms'],
    [9.96, '10 ms'],
    [999.4, '999 ms'],
    [1_000, '1.0 s'],
    [61_250, '61.3 s'],
  ])('%s is %s', (ms, shown) => expect(milliseconds(ms)).toBe(shown));
});

describe('age', () => {
  const now = new Date('2026-01-03T00:00:00Z');
  it.each([
    [undefined, '-'],
    ['2026-01-03T00:00:05Z', '0 s'],
    ['2026-01-02T23:59:00Z', '60 s'],
    ['2026-01-02T23:50:00Z', '10 min'],
    ['2026-01-02T20:00:00Z', '4 h'],
    ['2025-12-31T00:00:00Z', '3 d'],
  ])('%s is %s ago', (then, shown) => {
    expect(age(then === undefined ? undefined : new Date(then), now)).toBe(shown);
  });
});

describe('table', () => {
  it('aligns columns and leaves no spaces at the ends of lines', () => {
    const columns = [
      { title: 'NAME', value: (row: { name: string; size: number }) => row.name },
      { title: 'SIZE', value: (row: { size: number }) => row.size, align: 'right' as const },
      { title: 'NOTE', value: () => '' },
    ];
    const rows = [
      { name: 'a', size: 5 },
      { name: 'longer', size: 12_345 },
    ];
    expect(table(columns, rows)).toBe('NAME     SIZE  NOTE\na           5\nlonger  12345');
  });
});

describe('phasesTable', () => {
  it('says warm or cold, and dashes what nobody measured', () => {
    const phases = {
      schedulingMs: 0.2,
      imagePullMs: 0,
      containerCreateMs: 12,
      processStartMs: 3.4,
      appInitMs: 20.1,
      totalMs: 35.7,
    };
    const rows = [
      { what: 'acquire', fromWarmPool: true, waitedMs: 1.2, phases },
      { what: 'python run', fromWarmPool: false, waitedMs: undefined, phases: undefined },
    ];
    expect(phasesTable(rows).split('\n')).toEqual([
      '            sandbox  waited  scheduling   image  create  process  app init  total',
      'acquire     warm     1.2 ms      0.2 ms  0.0 ms   12 ms   3.4 ms     20 ms  36 ms',
      'python run  cold          -           -       -       -        -         -      -',
    ]);
  });
});
