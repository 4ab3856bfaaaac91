import { type LoadedModule, loadTree } from '@pilotlight/contracts/load-tree';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Block, type Direction, icicle, keyOf, neighbour, zoomed } from './icicle.ts';

const load = (module: string, totalMs: number, parent = ''): LoadedModule => ({
  ...{ module, parent, totalMs, selfMs: undefined },
});

const service = [
  load('app', 900),
  load('sdk', 600, 'app'),
  load('xml', 100, 'sdk'),
  load('orm', 300, 'app'),
  load('tiny', 2),
  load('smaller', 1),
];
const blocks = icicle(loadTree(service), 1_000);
const named = (name: string, among: readonly Block<LoadedModule>[] = blocks) =>
  among.find(({ module }) => (module?.module ?? 'all') === name) ?? expect.fail(`no ${name}`);
const namesOf = (shown: readonly Block<LoadedModule>[]) =>
  shown.map(({ module }) => module?.module ?? 'all');

describe('the picture of a start', () => {
  it('puts each module below who loaded it, as wide as it took long', () => {
    expect(named('all')).toMatchObject({ depth: 0, left: 0, width: 1 });
    expect(named('app')).toMatchObject({ depth: 1, left: 0, width: 0.9 });
    expect(named('orm')).toMatchObject({ depth: 2, left: 0.6, width: 0.3 });
    expect(named('xml')).toMatchObject({ depth: 3, left: 0, width: 0.1 });
  });

  it('keeps every block in its parent and beside its siblings, whatever was reported', () => {
    const parent = fc.oneof(
      fc.constant(''),
      fc.nat(39).map((at) => `m${at}`),
    );
    const given = fc.array(fc.tuple(parent, fc.nat(5_000)), { maxLength: 40 });
    fc.assert(
      fc.property(given, (drawn) => {
        const modules = drawn.map(([above, ms], at) => load(`m${at}`, ms, above));
        const all = icicle(loadTree(modules), 1_000);
        expect(all).toHaveLength(modules.length + 1);
        const ends = new Map<unknown, number>();
        for (const block of all.slice(1)) {
          const above = block.parent ?? expect.fail('no parent');
          const start = ends.get(above) ?? above.left;
          expect(block.left).toBeCloseTo(start, 9);
          ends.set(above, block.left + block.width);
          expect(block.left + block.width).toBeLessThanOrEqual(above.left + above.width + 1e-9);
        }
      }),
      { seed: 6 },
    );
  });

  it('gathers what is too narrow, with all that it loaded', () => {
    const { blocks: shown, rests } = zoomed(blocks, named('all'));
    expect(namesOf(shown)).toEqual(['all', 'app', 'sdk', 'xml', 'orm']);
    expect(rests).toEqual([{ count: 2, depth: 1, left: 0.9, width: expect.closeTo(0.003) }]);
  });

  it('shows one block as wide as all, between what it is in and what it holds', () => {
    const { blocks: shown } = zoomed(blocks, named('sdk'));
    expect(namesOf(shown)).toEqual(['all', 'app', 'sdk', 'xml']);
    expect(shown.slice(0, 3).every(({ left, width }) => left === 0 && width === 1)).toBe(true);
    expect(named('xml', shown).width).toBeCloseTo(1 / 6);
  });

  it('takes 500 modules that loaded each other in one line', () => {
    const chain = Array.from({ length: 500 }, (_, at) =>
      load(`m${at}`, 1_000, at === 0 ? '' : `m${at - 1}`),
    );
    const deep = icicle(loadTree(chain), 1_000);
    expect(zoomed(deep, deep.at(-1) ?? expect.fail()).blocks).toHaveLength(501);
  });

  it.each([
    ['app', 'in', 'sdk'],
    ['app', 'out', 'all'],
    ['sdk', 'next', 'orm'],
    ['orm', 'previous', 'sdk'],
    ['orm', 'in', 'orm'],
    ['orm', 'next', 'orm'],
    ['all', 'out', 'all'],
    ['all', 'next', 'all'],
    ['orm', 'first', 'all'],
    ['app', 'last', 'orm'],
  ] as const)('from %s, %s leads to %s', (from: string, to: Direction, expected: string) => {
    const { blocks: shown } = zoomed(blocks, named('all'));
    expect(namesOf([neighbour(shown, named(from, shown), to)])).toEqual([expected]);
  });

  it('has keys that a module’s name cannot take from the whole', () => {
    expect(new Set(icicle(loadTree([load('', 5), load('m:', 5)]), 10).map(keyOf)).size).toBe(3);
  });
});
