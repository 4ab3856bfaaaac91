import { ModuleLoad } from '@pilotlight/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadTreeText } from './load-tree.ts';
import type { Look } from './look.ts';
import { columnsOf } from './text-width.ts';

const look: Look = { columns: 80, unicode: true, paint: (_, text) => text };
const ascii: Look = { ...look, unicode: false };

interface Given {
  readonly parent?: string;
  readonly self?: number;
  readonly share?: number;
  readonly unusedRate?: number;
}

function load(module: string, total: number, { self, ...rest }: Given = {}): ModuleLoad {
  const given = { module, total: { p50: total }, ...rest };
  return ModuleLoad.fromPartial({ ...given, ...(self !== undefined && { self: { p50: self } }) });
}

const service = [
  load('./src/payment', 900, { self: 50, share: 0.05 }),
  load('aws-sdk', 850, { parent: './src/payment', self: 700, share: 0.7, unusedRate: 1 }),
  load('xml2js', 150, { parent: 'aws-sdk', self: 150, share: 0.15, unusedRate: 0.25 }),
  ...['a', 'b', 'c', 'd', 'e'].map((name) => load(name, 10, { self: 10, share: 0.01 })),
  load('tiny', 2, { self: 2, share: 0.002 }),
  load('smaller', 1, { self: 1, share: 0.001 }),
];

const textOf = (modules: readonly ModuleLoad[], given: object = {}, shown = look) =>
  loadTreeText(modules, { initMs: 1_000, all: false, ...given }, shown).split('\n');

describe('the tree of load times', () => {
  it('draws who loaded whom, in proportion to the whole start', () => {
    expect(textOf(service)).toEqual([
      '                                               TOTAL    SELF  SHARE',
      'init             ███████████████████████████   1.0 s   47 ms    5 %',
      '├ ./src/payment  ████████████████████████▎    900 ms   50 ms    5 %',
      '│ └ aws-sdk      ██████████████████████▉      850 ms  700 ms   70 %  unused',
      '│   └ xml2js     ████                         150 ms  150 ms   15 %  25 % unused',
      '├ a              ▎                             10 ms   10 ms    1 %',
      '├ b              ▎                             10 ms   10 ms    1 %',
      '├ c              ▎                             10 ms   10 ms    1 %',
      '├ d              ▎                             10 ms   10 ms    1 %',
      '├ e              ▎                             10 ms   10 ms    1 %',
      '└ … 2 more                                    3.0 ms',
    ]);
  });

  it('makes do with ASCII', () => {
    const shown = textOf(service, {}, ascii);
    expect(shown[4]).toMatch(/^\| {3}` xml2js {5}#### +150 ms/);
    expect(shown.at(-1)).toMatch(/^` \.\.\. 2 more +3\.0 ms$/);
    expect(shown.join('')).not.toMatch(/[^ -~]/);
  });

  it('is a list of totals where the reports tell no more', () => {
    const totals = [load('moment', 340), load('aws-sdk', 850), load('a\u001b[2J', 3)];
    expect(textOf(totals, { initMs: undefined }).map((line) => line.replace(/█+▏*/, '█'))).toEqual([
      expect.stringMatching(/^ +TOTAL {2}SELF {2}SHARE$/),
      expect.stringMatching(/^├ aws-sdk {2,}█ +850 ms {5}- {6}-$/),
      expect.stringMatching(/^├ moment {2,}█ +340 ms {5}- {6}-$/),
      expect.stringMatching(/^└ a\\x1b\[2J .* 3\.0 ms {5}- {6}-$/),
    ]);
    // What loaded what is in both times, so nothing can be said of the rest.
    expect(textOf(totals, { initMs: 1_000 })[1]).toMatch(/^init .* 1\.0 s {5}- {6}-$/);
  });

  it.each([
    ['one module', [load('a', 5)], 3],
    [
      'modules that load each other',
      [load('a', 5, { parent: 'b' }), load('b', 4, { parent: 'a' })],
      4,
    ],
    ['a parent that nobody reported', [load('a', 5, { parent: 'gone' })], 3],
    ['one that took longer than the whole start', [load('a', 5_000)], 3],
    ['no time at all', [load('a', 0)], 3],
  ])('%s', (_, modules, lines) => {
    const shown = textOf(modules);
    expect(shown).toHaveLength(lines);
    expect(shown.every((line) => columnsOf(line) <= 80)).toBe(true);
  });

  it('never is wider than the terminal, whatever the names are', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 });
    const drawnLoad = fc.tuple(name, fc.nat(60_000), fc.nat(60), fc.boolean());
    const given = fc.array(drawnLoad, { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(given, fc.integer({ min: 56, max: 240 }), fc.boolean(), (drawn, columns, all) => {
        const modules = drawn.map(([module, total, parent, isUsed]) =>
          load(module, total, {
            parent: drawn[parent]?.[0] ?? '',
            ...{ self: total, share: 1, unusedRate: isUsed ? 0 : 0.5 },
          }),
        );
        for (const unicode of [true, false]) {
          const lines = textOf(modules, { initMs: 9_000, all }, { ...look, unicode, columns });
          expect(Math.max(...lines.map(columnsOf))).toBeLessThanOrEqual(columns);
        }
      }),
      { seed: 6, numRuns: 60 },
    );
  });

  it('shows 500 modules that load each other in one line, all of them where asked', () => {
    const chain = Array.from({ length: 500 }, (_, at) =>
      load(`module-${at}`, 1_000 - at, { parent: at === 0 ? '' : `module-${at - 1}`, self: 1 }),
    );
    expect(textOf(chain)).toHaveLength(2 + 40 + 1);
    const all = textOf(chain, { all: true });
    expect(all).toHaveLength(2 + 500);
    expect(all.at(-1)).toMatch(/⋯ +└ module-499/);
    expect(Math.max(...all.map(columnsOf))).toBeLessThanOrEqual(80);
  });

  it('colours bars by the share of the start, and nothing that would break the columns', () => {
    const painted = textOf(service, {}, { ...look, paint: (name, text) => `<${name}>${text}</>` });
    expect(painted.find((line) => line.includes('aws-sdk'))).toMatch(/<large>█+▉<\/>/);
    expect(painted.find((line) => line.includes('./src'))).toMatch(/<middling>█+▎<\/>/);
    expect(painted.find((line) => line.includes('├ </>a '))).toMatch(/<small>▎<\/>/);
    expect(painted.map((line) => line.replaceAll(/<.*?>/g, '').trimEnd())).toEqual(textOf(service));
  });
});
