import { expect, it } from 'vitest';
import { observedModule, observedStart } from '../../testing/observed.ts';
import { knownPackages, knownSaving } from './known-packages.ts';
import { recommend } from './recommend.ts';

const rows = [...knownPackages].map(([name, row]) => ({ name, row }));

/** Files that packages really begin with. */
const entries = ['index.js', 'index.cjs', 'lodash.js', 'lib/aws.js'];

it.each(rows)('$name is recommended as its row says', ({ name, row }) => {
  const paths = entries.map((it) => `node_modules/${name}/${it}`);
  const path = paths.find((it) => row.entry === undefined || row.entry.test(it));
  expect(path).toBeDefined();
  const module = observedModule(name, { totalP50Ms: 140, selfP50Ms: 60, path: path ?? '' });
  const [found] = recommend(observedStart([module], 1_500));
  expect(found).toMatchObject({ module: name, kind: row.kind, suggestion: row.suggestion });
  expect(found?.potentialSavingsMs).toBeCloseTo(knownSaving(row, 140), 0);
  expect(found?.issue).not.toContain('undefined');
});

it('no row promises as much as was measured, or so little that it is never said', () => {
  for (const { row } of rows) {
    if ('wholeMs' in row.saved) continue;
    expect(knownSaving(row, 100)).toBeLessThan(100 * Math.min(...row.saved));
    expect(knownSaving(row, 100)).toBeGreaterThan(25);
  }
});

it('a package that takes no longer than what replaces it saves nothing', () => {
  for (const { row } of rows) expect(knownSaving(row, 0)).toBe(0);
});
