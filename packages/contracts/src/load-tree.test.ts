import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasLoadDetails, type LoadedModule, type LoadNode, loadTree } from './load-tree.ts';

const loaded = (module: string, parent: string, totalMs: number, selfMs?: number) => ({
  ...{ module, parent, totalMs, selfMs },
});

/** `a(b c)` for short. */
function shape(nodes: readonly LoadNode<LoadedModule>[]): string {
  return nodes
    .map(({ module, children }) =>
      children.length === 0 ? module.module : `${module.module}(${shape(children)})`,
    )
    .join(' ');
}

describe('loadTree', () => {
  it.each([
    ['nothing', [], ''],
    ['one module', [loaded('a', '', 5)], 'a'],
    [
      'the longest first at each level',
      [loaded('a', '', 50), loaded('b', 'a', 10), loaded('c', 'a', 20), loaded('d', '', 60)],
      'd a(c b)',
    ],
    ['a parent that is not there', [loaded('a', 'gone', 5), loaded('b', 'a', 2)], 'a(b)'],
    ['a module that is said to load itself', [loaded('a', 'a', 5)], 'a'],
    [
      'a cycle, which the longest begins',
      [loaded('c', 'b', 10), loaded('a', 'c', 30), loaded('b', 'a', 20)],
      'a(b(c))',
    ],
    [
      'names that objects have',
      [loaded('__proto__', '', 5), loaded('constructor', '__proto__', 2)],
      '__proto__(constructor)',
    ],
  ])('%s', (_, modules, expected) => expect(shape(loadTree(modules))).toBe(expected));

  it('has every module exactly once, whoever is said to have loaded it', () => {
    const name = fc.integer({ min: 0, max: 30 }).map((number) => `m${number}`);
    const module = fc.record({
      ...{ module: name, parent: fc.oneof(name, fc.constant('')) },
      ...{ totalMs: fc.nat(9), selfMs: fc.constant(undefined) },
    });
    const modules = fc.uniqueArray(module, { selector: ({ module: own }) => own, maxLength: 31 });
    fc.assert(
      fc.property(modules, (given) => {
        const names = shape(loadTree(given)).match(/m\d+/g) ?? [];
        expect(names.toSorted()).toEqual(given.map((one) => one.module).toSorted());
      }),
      { seed: 6 },
    );
  });

  it('takes 500 modules that load each other in one line', () => {
    const chain = Array.from({ length: 500 }, (_, at) =>
      loaded(`m${at}`, at === 0 ? '' : `m${at - 1}`, 500 - at),
    );
    expect(shape(loadTree(chain)).split('(')).toHaveLength(500);
  });
});

it('tells senders of totals alone from those that know more', () => {
  expect(hasLoadDetails([loaded('a', '', 5), loaded('b', '', 2)])).toBe(false);
  expect(hasLoadDetails([loaded('a', '', 5), loaded('b', '', 2, 2)])).toBe(true);
  expect(hasLoadDetails([loaded('a', '', 5), loaded('b', 'a', 2)])).toBe(true);
});
