import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { observedModule, observedStart, timingsAlone } from '../../testing/observed.ts';
import { leastSamples } from './load-tree.ts';
import type { ObservedFunction, ObservedModule } from './observed.ts';
import { recommend } from './recommend.ts';

const recommendAll = (...modules: readonly ObservedModule[]) => recommend(observedStart(modules));
const only = (...modules: readonly ObservedModule[]) => {
  const found = recommendAll(...modules);
  expect(found.length).toBeLessThanOrEqual(1);
  return found[0];
};
const unused = (tellingStarts: number, unusedStarts = tellingStarts) => ({
  tellingStarts,
  unusedStarts,
});

describe('the example of the analyzer’s API', () => {
  const timings = {
    ...{ 'aws-sdk': 850, '@prisma/client': 680, moment: 340, lodash: 180, axios: 95 },
    './src/handlers/payment': 45,
  };

  it('saves 750 of 850 ms with modular packages in place of the whole SDK', () => {
    const [first] = recommend(observedStart(timingsAlone(timings), 2_850));
    expect(first).toEqual({
      ...{ module: 'aws-sdk', kind: 'whole_sdk', potentialSavingsMs: 750 },
      issue: 'Loading entire SDK at startup: 850 ms of 2,850 ms of init (30 %, 1 cold start)',
      suggestion: 'Use modular @aws-sdk/client-* packages',
      ...{ confidence: 'low', samples: 1 },
    });
  });

  it('names what tables know, and guesses nothing of what they do not', () => {
    const found = recommend(observedStart(timingsAlone(timings, 500), 2_850));
    expect(found.map(({ module, kind }) => [module, kind])).toEqual([
      ['aws-sdk', 'whole_sdk'],
      ['lodash', 'lighter_package'],
      ['moment', 'lighter_package'],
      ['axios', 'lighter_package'],
    ]);
  });
});

describe('whole_sdk', () => {
  const entry = 'node_modules/aws-sdk/lib/aws.js';
  it('leaves 100 ms to one client, in proportion where all is slower, and half where all is quick', () => {
    const saving = (totalP50Ms: number) =>
      recommend(observedStart([observedModule('aws-sdk', { totalP50Ms })], 9_000))[0];
    expect(saving(100)?.potentialSavingsMs).toBe(45.9);
    expect(saving(300)?.potentialSavingsMs).toBe(200);
    expect(saving(850)?.potentialSavingsMs).toBe(750);
    expect(saving(1_700)?.potentialSavingsMs).toBe(1_500);
  });

  it('is not said of one client, or of what another package loads', () => {
    const total = { totalP50Ms: 150 };
    expect(only(observedModule('aws-sdk', { ...total, path: entry }))?.kind).toBe('whole_sdk');
    const one = observedModule('aws-sdk', { ...total, path: 'node_modules/aws-sdk/clients/s3.js' });
    expect(only(one)?.kind).not.toBe('whole_sdk');
    expect(only(observedModule('aws-sdk/clients/s3', total))).toBeUndefined();
    const theirs = observedModule('aws-sdk', { ...total, path: entry, parent: 'old-library' });
    expect(only(theirs)?.kind).not.toBe('whole_sdk');
  });
});

describe('lighter_package', () => {
  it('tells the figures, the reason and what to use', () => {
    const moment = observedModule('moment', { totalP50Ms: 41, samples: 52 });
    expect(recommend(observedStart([moment], 310))[0]).toMatchObject({
      ...{ kind: 'lighter_package', confidence: 'high', samples: 52 },
      issue: expect.stringMatching(/^moment takes 41 ms of 310 ms of init \(13 %, p50 of 52 cold/),
      suggestion: expect.stringContaining('dayjs'),
    });
  });

  it('tells that not every cold start loads it', () => {
    const moment = observedModule('moment', { totalP50Ms: 90, samples: 8 });
    const found = recommendAll(moment, observedModule('./src/index'));
    expect(found[0]?.issue).toContain('(9 %, p50 of 8 of 50 cold starts)');
  });

  it('is not said of a second copy, or of what own code does not load', () => {
    const total = { totalP50Ms: 90 };
    expect(only(observedModule('moment@2.1.0', total))).toBeUndefined();
    expect(only(observedModule('moment', { ...total, parent: 'sequelize' }))).toBeUndefined();
    expect(only(observedModule('moment', { ...total, parent: './src/db' }))).toBeDefined();
  });

  it('leaves lodash alone where single functions of it are loaded', () => {
    const one = { totalP50Ms: 60, path: 'node_modules/lodash/get.js' };
    expect(only(observedModule('lodash', one))).toBeUndefined();
    expect(only(observedModule('lodash', { ...one, path: '' }))?.kind).toBe('lighter_package');
  });
});

describe('unused', () => {
  it.each([
    ['20 of 20 first calls', unused(20), 'unused', 80],
    ['19 of 20', unused(20, 19), 'unused', 80],
    ['18 of 20', unused(20, 18), 'lazy_candidate', 72],
    ['half of them', unused(20, 10), 'lazy_candidate', 40],
    ['less than half', unused(20, 9), undefined, undefined],
    ['all of too few', unused(leastSamples - 1), undefined, undefined],
    ['all of just enough', unused(leastSamples), 'unused', 80],
  ])('is what %s ran nothing of', (_, told, kind, savingMs) => {
    const found = only(observedModule('pdf', { totalP50Ms: 99.99, ...told, files: 2 }));
    expect(found?.kind).toBe(kind);
    if (savingMs !== undefined) expect(found?.potentialSavingsMs).toBeCloseTo(savingMs, 0);
  });

  it('does not promise the time of what the first call needs of it', () => {
    const found = recommendAll(
      observedModule('./src/reports', { totalP50Ms: 200, selfP50Ms: 20, ...unused(20) }),
      observedModule('pdf', { totalP50Ms: 80, parent: './src/reports', ...unused(20) }),
      observedModule('pg', { totalP50Ms: 100, parent: './src/reports', ...unused(20, 0) }),
    );
    expect(found[0]).toMatchObject({ module: './src/reports', potentialSavingsMs: 80 });
    expect(found.map(({ module }) => module)).not.toContain('pdf');
  });
});

describe('duplicate_version', () => {
  const two = (ms: number, samples = 50) => [
    observedModule('tslib', { totalP50Ms: 40, version: '2.8.1', samples }),
    observedModule('tslib@1.14.1', { totalP50Ms: ms, parent: 'rxjs', samples }),
  ];
  it('is said of the smaller copy', () => {
    expect(only(...two(30))).toMatchObject({
      ...{ module: 'tslib@1.14.1', kind: 'duplicate_version', potentialSavingsMs: 24 },
      issue:
        'tslib is loaded twice (1.14.1 and 2.8.1): tslib@1.14.1, loaded by rxjs, takes 30 ms of 1,000 ms of init (3 %, p50 of 50 cold starts)',
    });
    expect(only(...two(50))?.module).toBe('tslib');
  });
  it('is not said of too few cold starts, of little time, or of another package', () => {
    expect(only(...two(30, leastSamples - 1))).toBeUndefined();
    expect(only(...two(6))).toBeUndefined();
    expect(only(observedModule('tslib'), observedModule('@types/tslib'))).toBeUndefined();
  });
});

describe('barrel_import', () => {
  const parts = (count: number, unusedParts: number) =>
    Array.from({ length: count }, (_, at) =>
      observedModule(`./src/models/part${at}`, {
        ...{ totalP50Ms: 10, parent: './src/models/index' },
        ...unused(20, at < unusedParts ? 20 : 0),
      }),
    );
  const barrel = (totalP50Ms: number, selfP50Ms = 5) =>
    observedModule('./src/models/index', { totalP50Ms, selfP50Ms });

  it('is an own index file of which the first call runs little', () => {
    expect(only(barrel(100), ...parts(9, 8))).toMatchObject({
      ...{ module: './src/models/index', kind: 'barrel_import', potentialSavingsMs: 64 },
    });
  });

  it.each([
    ['most of it runs', barrel(100), parts(9, 4)],
    ['it loads few modules', barrel(75), parts(7, 7)],
    ['its time is its own', barrel(120, 40), parts(8, 8)],
    ['it is no index file', observedModule('./src/models', { totalP50Ms: 100, selfP50Ms: 5 }), []],
  ])('is not said where %s', (_, index, rest) => {
    expect(recommendAll(index, ...rest).map(({ kind }) => kind)).not.toContain('barrel_import');
  });

  it.each([
    [100, 'node_modules/icons/index.js', 'barrel_import'],
    [99, 'node_modules/icons/index.js', undefined],
    [100, 'node_modules/icons/one.js', undefined],
  ])('is a package of %i files behind %s', (files, path, kind) => {
    const icons = { totalP50Ms: 99, files, path, ...unused(20, 0) };
    expect(only(observedModule('icons', icons))?.kind).toBe(kind);
  });
});

describe('outside_bundle', () => {
  const outside = observedModule('sharp', {
    ...{ totalP50Ms: 90, files: 12, path: 'node_modules/sharp/lib/index.js', ...unused(20, 0) },
  });
  const bundle = observedModule('(bundle)', { totalP50Ms: 60 });
  it('is a package on disk beside a bundle', () => {
    expect(only(bundle, outside)).toMatchObject({
      ...{ module: 'sharp', kind: 'outside_bundle', potentialSavingsMs: 18 },
      issue: expect.stringContaining('12 files beside the bundle'),
    });
  });
  it('is not said without a bundle, or of what is in it', () => {
    expect(only(outside)).toBeUndefined();
    expect(only(bundle, { ...outside, path: '' })).toBeUndefined();
  });
});

describe('high_share and lazy_candidate', () => {
  it.each([
    ['a package that the first call may not need', {}, 'high_share', 50],
    ['one that it needs', { ...unused(20, 0), files: 9 }, 'high_share', 20],
    ['one file that it needs', unused(20, 0), 'high_share', 25],
    ['what another package loads', { parent: 'orm', files: 9 }, 'high_share', 20],
    ['one that loads much', { totalP50Ms: 300 }, 'high_share', 150],
    ['much with little of its own', { selfP50Ms: 99, totalP50Ms: 300 }, 'lazy_candidate', 150],
    ['too few cold starts', { samples: leastSamples - 1 }, undefined, undefined],
    ['less than a tenth of init', { selfP50Ms: 99.9, totalP50Ms: 99.9 }, undefined, undefined],
  ])('%s', (_, known, kind, savingMs) => {
    const module = observedModule('heavy', { selfP50Ms: 100, totalP50Ms: 100, ...known });
    expect(only(module)).toEqual(
      kind && expect.objectContaining({ kind, potentialSavingsMs: savingMs, confidence: 'low' }),
    );
  });

  it('own code that works outside of functions', () => {
    const own = (ms: number) => only(observedModule('./src/routes', { totalP50Ms: ms }));
    expect(own(100)).toMatchObject({ kind: 'high_share', potentialSavingsMs: 25 });
    expect(own(99)).toBeUndefined();
  });

  it.each(['node:https', 'https'])('%s is never told to be replaced', (module) => {
    const found = only(observedModule(module, { totalP50Ms: 100 }));
    expect(found?.kind).toBe('lazy_candidate');
    expect(found?.suggestion).toMatch(/neither replaced nor bundled/);
    expect(only(observedModule(module, { totalP50Ms: 100, parent: 'axios' }))).toBeUndefined();
    expect(only(observedModule(module, { totalP50Ms: 99 }))).toBeUndefined();
  });

  it.each(['(bundle)', '(other modules)', '@pilotlight/analyzer', '', 'a b', '@'])(
    'nothing is said of %j',
    (module) => {
      expect(only(observedModule(module, { totalP50Ms: 900 }))).toBeUndefined();
    },
  );
});

describe('time that several would save', () => {
  const savings = (...modules: readonly ObservedModule[]) =>
    recommendAll(...modules).map((it) => [it.module, it.potentialSavingsMs]);

  it('is saved once by a module and what it loads, and the order is that of what is left', () => {
    const reports = observedModule('./reports', { totalP50Ms: 100, selfP50Ms: 5, ...unused(20) });
    const lodash = observedModule('lodash', { totalP50Ms: 95, parent: './reports' });
    const found = savings(reports, lodash, observedModule('underscore', { totalP50Ms: 60 }));
    expect(found).toEqual([
      ['lodash', 85.5],
      ['underscore', 54],
      ['./reports', 14.5],
    ]);
  });

  it('is never more than init', () => {
    const names = ['bluebird', 'lodash', 'underscore'];
    const found = savings(...names.map((name) => observedModule(name, { totalP50Ms: 900 })));
    expect(found).toEqual([
      ['bluebird', 810],
      ['lodash', 190],
    ]);
  });

  it('does not depend on the order in a circle', () => {
    const a = observedModule('./a', { totalP50Ms: 300, parent: './b', ...unused(20) });
    const b = observedModule('./b', { totalP50Ms: 200, parent: './a', ...unused(20) });
    expect(savings(a, b)).toEqual(savings(b, a));
  });
});

describe('what is worth a line', () => {
  const saving = (totalP50Ms: number, initMs: number) =>
    recommend(observedStart([observedModule('bluebird', { totalP50Ms })], initMs)).length;
  it('is 5 ms, or 2 % of init, but no less than 1 ms', () => {
    expect([saving(5.6, 1_000), saving(5.5, 1_000)]).toEqual([1, 0]);
    expect([saving(2.4, 100), saving(2.1, 100)]).toEqual([1, 0]);
    expect([saving(1.2, 10), saving(1.1, 10)]).toEqual([1, 0]);
  });

  it('are the 20 that save most', () => {
    const all = Array.from({ length: 21 }, (_, at) =>
      observedModule(`pdf${at}`, { totalP50Ms: 10 + at, ...unused(20) }),
    );
    const found = recommendAll(...all);
    expect(found).toHaveLength(20);
    expect(found.map(({ module }) => module)).not.toContain('pdf0');
  });

  it('is no guess below 5 ms, however short init is', () => {
    const guesses = [10, 9.9].map((totalP50Ms) =>
      recommend(observedStart([observedModule('heavy', { totalP50Ms })], 30)),
    );
    expect(guesses.map(({ length }) => length)).toEqual([1, 0]);
  });
});

describe('confidence', () => {
  it.each([
    ['seen', unused(20), [undefined, 'medium', 'high']],
    ['known', { totalP50Ms: 40 }, ['low', 'medium', 'high']],
    ['known, of timings alone', { selfP50Ms: undefined, totalP50Ms: 40 }, ['low', 'low', 'medium']],
    ['guessed', {}, [undefined, 'low', 'low']],
  ])('%s', (evidence, known, expected) => {
    const name = evidence.startsWith('known') ? 'moment' : 'heavy';
    const confidences = [4, 5, 30].map(
      (samples) =>
        only(observedModule(name, { totalP50Ms: 300, selfP50Ms: 300, ...known, samples }))
          ?.confidence,
    );
    expect(confidences).toEqual(expected);
  });
});

describe('whatever was observed', () => {
  const names = [
    ...[
      'aws-sdk',
      'moment',
      'lodash',
      'lodash@3.10.1',
      '@prisma/client',
      'heavy',
      'node:fs',
      'http',
    ],
    ...['./src/index', './src/db', '(bundle)', '(other modules)', '__proto__', 'constructor', ''],
    ...['a@b@c', '@', '@/', '../../../etc/passwd', '<script>', 'x'.repeat(255), '%s %d\u0000'],
  ];
  const name = fc.oneof(fc.constantFrom(...names), fc.string());
  const duration = fc.oneof(
    fc.double({ min: 0, max: 5_000, noNaN: true }),
    fc.constantFrom(undefined, 0, -1, Number.NaN, Number.POSITIVE_INFINITY),
  );
  const module: fc.Arbitrary<ObservedModule> = fc.record({
    module: name,
    path: fc.constantFrom('', 'node_modules/a/index.js', 'node_modules/lodash/lodash.js', 'x.js'),
    parent: fc.oneof(fc.constantFrom('', ...names), name),
    version: fc.constantFrom('', '1.0.0'),
    files: fc.integer({ min: 0, max: 500 }),
    samples: fc.integer({ min: 1, max: 100 }),
    selfP50Ms: duration,
    totalP50Ms: duration,
    tellingStarts: fc.integer({ min: 0, max: 100 }),
    unusedStarts: fc.integer({ min: 0, max: 100 }),
  });
  const anything: fc.Arbitrary<ObservedFunction> = fc.record({
    coldStarts: fc.integer({ min: 1, max: 100 }),
    initP50Ms: duration,
    modules: fc.uniqueArray(module, { maxLength: 60, selector: (it) => it.module }),
  });

  it('savings are numbers above 0, and together within init', () => {
    fc.assert(
      fc.property(anything, (observed) => {
        const savings = recommend(observed).map((it) => it.potentialSavingsMs);
        for (const savingMs of savings) expect(savingMs).toBeGreaterThan(0);
        if (savings.length === 0) return;
        const sumMs = savings.reduce((sum, it) => sum + it, 0);
        expect(sumMs).toBeLessThanOrEqual((observed.initP50Ms ?? 0) + 1e-6);
      }),
    );
  });

  it('what a module and all below it save is within its own time', () => {
    const tree = fc.array(fc.tuple(module, fc.nat()), { maxLength: 40 }).map((list) =>
      list.map(([it, above], at): ObservedModule => {
        const parent = at === 0 ? '' : `${list[above % at]?.[0].module}${above % at}`;
        return { ...it, module: `${it.module}${at}`, parent };
      }),
    );
    fc.assert(
      fc.property(tree, (modules) => {
        const saved = new Map(
          recommend(observedStart(modules)).map((it) => [it.module, it.potentialSavingsMs]),
        );
        const below = (name: string): number =>
          modules
            .filter((it) => it.parent === name)
            .reduce((sumMs, it) => sumMs + below(it.module), saved.get(name) ?? 0);
        for (const { module: name, selfP50Ms = 0, totalP50Ms = 0 } of modules) {
          const longestMs = Math.max(0, ...[selfP50Ms, totalP50Ms].filter((ms) => ms >= 0));
          expect(below(name)).toBeLessThanOrEqual(longestMs + 1e-6);
        }
      }),
    );
  });

  it('at most 20, each module once, largest first, in words without undefined or NaN', () => {
    fc.assert(
      fc.property(anything, (observed) => {
        const found = recommend(observed);
        const known = new Set(observed.modules.map((it) => it.module));
        expect(found.length).toBeLessThanOrEqual(20);
        expect(new Set(found.map((it) => it.module)).size).toBe(found.length);
        const savings = found.map((it) => it.potentialSavingsMs);
        expect(savings).toEqual(savings.toSorted((a, b) => b - a));
        for (const { module, issue, suggestion } of found) {
          expect(known).toContain(module);
          const words = `${issue} ${suggestion}`.replaceAll(module, '');
          expect(words).not.toMatch(/undefined|NaN|Infinity|null/);
        }
      }),
    );
  });

  it('is the same in any order of modules', () => {
    fc.assert(
      fc.property(anything, (observed) => {
        const reversed = { ...observed, modules: observed.modules.toReversed() };
        expect(recommend(reversed)).toEqual(recommend(observed));
      }),
    );
  });

  it('never names Node’s own, (bundle) or (other modules) as replaceable', () => {
    fc.assert(
      fc.property(anything, (observed) => {
        for (const { module, kind } of recommend(observed)) {
          expect(module).not.toMatch(/^\(/);
          if (module.startsWith('node:')) expect(kind).toBe('lazy_candidate');
        }
      }),
    );
  });
});

describe('many modules', () => {
  it('500 below one another are one chain of which the first goes', () => {
    const chain = Array.from({ length: 500 }, (_, at) =>
      observedModule(`./m${at}`, {
        parent: at === 0 ? '' : `./m${at - 1}`,
        ...{ totalP50Ms: 1_000 - at, selfP50Ms: 1, ...unused(20) },
      }),
    );
    expect(recommendAll(...chain)).toHaveLength(1);
  });
});
