import { loadTree } from '@pilotlight/contracts/load-tree';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadRows } from './load-rows.ts';

const loaded = (module: string, parent: string, totalMs: number) => ({
  ...{ module, parent, totalMs, selfMs: undefined },
});
const many = (count: number, totalMs: number) =>
  Array.from({ length: count }, (_, at) => loaded(`m${at}`, '', totalMs));

function rows(modules: ReturnType<typeof many>, wholeMs: number, all = false): string[] {
  return loadRows(loadTree(modules), { wholeMs, all }).map((row) => {
    const depth = '.'.repeat(row.trunk.length - 1);
    return depth + (row.kind === 'module' ? row.module.module : `+${row.count} ${row.totalMs}`);
  });
}

describe('loadRows', () => {
  it('folds what takes less than a hundredth, with all that it loaded, under who loaded it', () => {
    const small = [loaded('s', 'a', 4), loaded('t', 's', 3), loaded('u', 'a', 2)];
    const large = Array.from({ length: 8 }, (_, at) => loaded(`b${at}`, 'a', 50));
    expect(rows([loaded('a', '', 500), ...large, ...small], 1_000)).toEqual([
      'a',
      ...large.map(({ module }) => `.${module}`),
      '.+3 6',
    ]);
  });

  it('shows eight of however little they take', () => {
    expect(rows(many(20, 1), 5_000)).toEqual([...rows(many(20, 1), 100).slice(0, 8), '+12 12']);
  });

  it('keeps to forty of 500, or shows all', () => {
    expect(rows(many(500, 100), 1_000)).toHaveLength(41);
    expect(rows(many(500, 100), 1_000).at(-1)).toBe('+460 46000');
    expect(rows(many(500, 100), 1_000, true)).toHaveLength(500);
  });

  it('shows who loaded a module that is said to have taken longer', () => {
    const quick = many(40, 100).map(({ module }) => loaded(module, '', 50));
    const shown = rows([...quick, loaded('a', '', 1), loaded('b', 'a', 400)], 1_000);
    expect(shown).toContain('a');
    expect(shown).toContain('.b');
  });

  it('never loses a module, shows none without its parent, and marks the last of each level', () => {
    const parent = fc.oneof(
      fc.constant(''),
      fc.nat(59).map((at) => `m${at}`),
    );
    const given = fc.array(fc.tuple(parent, fc.nat(300)), { maxLength: 60 });
    fc.assert(
      fc.property(given, (drawn) => {
        const modules = drawn.map(([above, ms], at) => loaded(`m${at}`, above, ms));
        const shown = loadRows(loadTree(modules), { wholeMs: 3_000, all: false });
        const counts = shown.map((row) => (row.kind === 'rest' ? row.count : 1));
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(modules.length);
        for (const [index, { trunk }] of shown.entries()) {
          expect(trunk.length).toBeLessThanOrEqual((shown[index - 1]?.trunk.length ?? 0) + 1);
          const next = shown.slice(index + 1).find((row) => row.trunk.length <= trunk.length);
          expect(trunk.at(-1)).toBe(next?.trunk.length === trunk.length);
        }
      }),
      { seed: 6 },
    );
  });
});
