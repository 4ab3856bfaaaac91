import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deployment, phase, recorded, requests, starts } from '../../testing/recorded.ts';
import { analyseTemplate } from './analyse-template.ts';
import type { RecordedTemplate } from './recorded.ts';
import { phaseNames, phaseTargetMs } from './targets.ts';

describe('what is said of a template', () => {
  it('is nothing bad where everything is within target and as it was', () => {
    expect(analyseTemplate(recorded())).toMatchObject({
      ...{ template: 'nextjs', inconclusive: false, coldStarts: 20, warmHitRate: 0.75 },
      ...{ p90Ms: 2_000, targetMs: 3_000, bottleneck: undefined, suggestions: [] },
    });
  });

  it('is inconclusive with fewer than ten starts, however slow', () => {
    const slow = starts({ app_init: phase(60_000, 10) }, { starts: 9 });
    const few = analyseTemplate(recorded({ starts: slow, requests: requests({ warmHits: 0 }) }));
    expect(few).toMatchObject({ inconclusive: true, bottleneck: undefined, suggestions: [] });
    expect(few.coldStarts).toBe(9);
  });

  it('is inconclusive without any start', () => {
    const none = analyseTemplate(recorded({ starts: undefined, requests: undefined }));
    expect(none).toMatchObject({ inconclusive: true, coldStarts: 0, phases: [] });
    expect(none.warmHitRate).toBeUndefined();
  });
});

describe('the bottleneck', () => {
  it.each([
    ['above its target', phase(200), 'above_target', 50, /its target is 150 ms\.$/],
    ['above its history', phase(100, 60), 'above_history', 40, /it was 60 ms before\.$/],
    ['above both', phase(200, 100), 'both', 100, /150 ms, and it was 100 ms before\.$/],
  ])('is a phase that is %s', (_, containerCreate, cause, excessMs, explanation) => {
    const { bottleneck } = analyseTemplate(
      recorded({ starts: starts({ container_create: containerCreate }) }),
    );
    expect(bottleneck).toMatchObject({ phase: 'container_create', cause, excessMs });
    expect(bottleneck?.explanation).toMatch(explanation);
  });

  it('is the phase with the largest excess', () => {
    const two = starts({ scheduling: phase(80), process_start: phase(400) });
    expect(analyseTemplate(recorded({ starts: two })).bottleneck?.phase).toBe('process_start');
  });

  it.each([
    ['a rise of a fifth', phase(60, 50)],
    ['a rise below 5 ms', phase(6, 1.5)],
    ['a history that is not known', { ...phase(100), historyP50Ms: undefined }],
  ])('is not made of %s', (_, scheduling) => {
    const within = starts({ scheduling: { ...scheduling, p50Ms: Math.min(50, scheduling.p50Ms) } });
    expect(analyseTemplate(recorded({ starts: within })).bottleneck).toBeUndefined();
  });

  it('is not made of a history of fewer than ten starts', () => {
    const young = starts({ process_start: phase(200, 20) }, { historyStarts: 9 });
    const { bottleneck, phases } = analyseTemplate(recorded({ starts: young }));
    expect(bottleneck).toBeUndefined();
    expect(phases[3]?.historyP50Ms).toBeUndefined();
  });
});

describe('a suggestion', () => {
  it('to pull ahead saves what requests waited for images', () => {
    const slow = starts({}, { paidPullP90Ms: 9_000 });
    const waited = requests({ coldPulls: 3, coldPullSumMs: 24_000, averageMs: 700 });
    const { suggestions } = analyseTemplate(recorded({ starts: slow, requests: waited }));
    expect(suggestions).toEqual([
      expect.objectContaining({
        ...{ suggestionId: 'nextjs.pre_pull.1', remedy: 'pre_pull', expectedSavingMs: 240 },
        basis: '3 of 100 requests waited more than 100 ms for an image, 8,000 ms on average.',
        policy: undefined,
      }),
    ]);
  });

  it('to order layers saves a part of the pulls after a change of revision', () => {
    const slow = starts({}, { paidPullP90Ms: 9_000 });
    const waited = requests({ coldPulls: 3, coldPullSumMs: 24_000, averageMs: 700 });
    const changed = deployment({ templateRevision: 'bbb', firstSeen: new Date(9) });
    const deployments = [{ ...changed, coldPulls: 2, coldPullSumMs: 20_000 }, deployment()];
    const known = recorded({ starts: slow, requests: waited, deployments });
    expect(analyseTemplate(known).suggestions).toMatchObject([
      { remedy: 'pre_pull', expectedSavingMs: 240 },
      { remedy: 'layer_order', expectedSavingMs: 60 },
    ]);
  });

  it('to load lazily saves cold requests what is above the target', () => {
    const slow = starts({ app_init: phase(2_500) });
    const waited = requests({ averageMs: 755, coldAverageMs: 3_005, coldAppInitAverageMs: 2_500 });
    const { suggestions } = analyseTemplate(recorded({ starts: slow, requests: waited }));
    expect(suggestions).toMatchObject([{ remedy: 'lazy_import', expectedSavingMs: 250 }]);
  });

  it('to defer packages saves cold requests what a new revision brought', () => {
    const slow = starts({ app_init: phase(1_400, 1_000) });
    const later = { templateRevision: 'bbb', firstSeen: new Date(9), appInitP50Ms: 1_400 };
    const deployments = [deployment({ appInitP50Ms: 1_000 }), deployment(later)];
    const { suggestions } = analyseTemplate(recorded({ starts: slow, deployments }));
    expect(suggestions).toMatchObject([{ remedy: 'deferred_packages', expectedSavingMs: 100 }]);
    expect(suggestions[0]?.basis).toMatch(
      /^25 of 100 .* 400 ms longer than in the revision before/,
    );
  });

  it('has another id once it was carried out', () => {
    const slow = starts({ app_init: phase(2_500) });
    const carriedOut = new Map([['lazy_import', 2]]);
    const { suggestions } = analyseTemplate(recorded({ starts: slow, carriedOut }));
    expect(suggestions[0]?.suggestionId).toBe('nextjs.lazy_import.3');
  });

  it('is not made for less than a millisecond', () => {
    const slow = starts({ app_init: phase(1_503) });
    expect(analyseTemplate(recorded({ starts: slow })).suggestions).toEqual([]);
  });
});

describe('a larger minimum', () => {
  const cold = requests({ warmHits: 20, averageMs: 1_605 });
  const demand = [
    { level: 1, requests: 60, cold: 48 },
    { level: 2, requests: 36, cold: 30 },
    { level: 9, requests: 4, cold: 2 },
  ];
  const suggestionFor = (minSize: number, maxSize: number, more = {}) => {
    const known = recorded({ requests: cold, demand, pool: { minSize, maxSize }, ...more });
    return analyseTemplate(known).suggestions[0];
  };

  it('is one for what 95 of 100 requests find together, and saves those a cold start', () => {
    expect(suggestionFor(0, 12)).toMatchObject({
      ...{ remedy: 'larger_minimum', policy: { field: 'min_size', from: 0, to: 2 } },
      text: 'Keep at least 2 warm sandboxes of nextjs.',
      expectedSavingMs: 0.78 * 2_000,
    });
  });

  it('stays within the maximum', () => {
    expect(suggestionFor(0, 1)).toMatchObject({
      policy: { field: 'min_size', from: 0, to: 1 },
      expectedSavingMs: 0.48 * 2_000,
    });
  });

  it('is a larger maximum where the minimum is as large already', () => {
    const policy = { field: 'max_size', from: 1, to: 2 };
    expect(suggestionFor(1, 1)).toMatchObject({ policy, text: /^Let the pool grow to 2 / });
  });

  it('is not suggested where the pool is as large already, or enough requests are warm', () => {
    expect(suggestionFor(2, 12)).toBeUndefined();
    expect(suggestionFor(0, 12, { requests: requests() })).toBeUndefined();
    expect(suggestionFor(0, 12, { demand: [] })).toBeUndefined();
  });

  it('is no change of policy where nobody has told the policy', () => {
    const known = recorded({ requests: cold, demand });
    const [suggestion] = analyseTemplate(known).suggestions;
    expect(suggestion).toMatchObject({ remedy: 'larger_minimum', policy: undefined });
  });

  it('counts with the start alone where nothing was ever warm', () => {
    const never = requests({ ...{ warmHits: 0, warmAverageMs: 0, averageMs: 2_005 } });
    const all = [{ level: 1, requests: 100, cold: 100 }];
    const known = recorded({ requests: never, demand: all, pool: { minSize: 0, maxSize: 5 } });
    expect(analyseTemplate(known).suggestions[0]?.expectedSavingMs).toBe(2_000);
  });
});

describe('whatever was recorded', () => {
  const duration = fc.double({ min: 0, max: 60_000, noNaN: true });
  const count = fc.integer({ min: 0, max: 1_000 });
  const anyPhase = fc
    .record({ p50Ms: duration, p90Ms: duration, averageMs: duration, before: fc.option(duration) })
    .map(({ before, ...now }) => ({ ...now, historyP50Ms: before ?? undefined }));
  const anyRequests = fc
    .record({
      served: fc.integer({ min: 1, max: 1_000 }),
      warm: count,
      warmAverageMs: duration,
      coldAverageMs: duration,
      coldStartAverageMs: duration,
      coldAppInitAverageMs: duration,
      coldPulls: count,
      coldPullSumMs: duration,
    })
    .map(({ warm, ...rest }) => {
      const warmHits = Math.min(warm, rest.served);
      const warmSum = warmHits * rest.warmAverageMs;
      const coldSum = (rest.served - warmHits) * rest.coldAverageMs;
      return { ...rest, warmHits, averageMs: (warmSum + coldSum) / rest.served };
    });
  const anyDeployment = fc
    .record({
      revision: fc.constantFrom('aaa', 'bbb', 'ccc'),
      seen: count,
      starts: count,
      p50Ms: duration,
      appInitP50Ms: duration,
      coldPulls: count,
      coldPullSumMs: duration,
    })
    .map(({ revision, seen, ...rest }) =>
      deployment({ ...rest, templateRevision: revision, firstSeen: new Date(seen) }),
    );
  const level = fc.record({ level: fc.integer({ min: 1, max: 99 }), requests: count, cold: count });
  const anything: fc.Arbitrary<RecordedTemplate> = fc
    .record({
      phases: fc.record({
        scheduling: anyPhase,
        image_pull: anyPhase,
        container_create: anyPhase,
        process_start: anyPhase,
        app_init: anyPhase,
      }),
      counts: fc.record({ starts: count, historyStarts: count, paidPullP90Ms: duration }),
      requests: fc.option(anyRequests),
      deployments: fc.uniqueArray(anyDeployment, {
        maxLength: 3,
        selector: ({ templateRevision }) => templateRevision,
      }),
      demand: fc.array(level, { maxLength: 5 }),
      pool: fc.option(fc.record({ minSize: count, maxSize: count })),
    })
    .map(({ phases, counts, requests: some, pool, ...rest }) =>
      recorded({
        ...rest,
        starts: starts(phases, counts),
        requests: some ?? undefined,
        pool: pool ?? undefined,
      }),
    );

  it('no suggestion saves less than nothing, or more than an average request waits', () => {
    fc.assert(
      fc.property(anything, (known) => {
        for (const { expectedSavingMs } of analyseTemplate(known).suggestions) {
          expect(expectedSavingMs).toBeGreaterThanOrEqual(0);
          expect(expectedSavingMs).toBeLessThanOrEqual(known.requests?.averageMs ?? 0);
        }
      }),
    );
  });

  it('suggestions come by their saving, with ids of their own, and only from enough starts', () => {
    fc.assert(
      fc.property(anything, (known) => {
        const { suggestions, inconclusive } = analyseTemplate(known);
        const savings = suggestions.map(({ expectedSavingMs }) => expectedSavingMs);
        expect(savings).toEqual(savings.toSorted((a, b) => b - a));
        expect(new Set(suggestions.map((one) => one.suggestionId)).size).toBe(suggestions.length);
        if (inconclusive) expect(suggestions).toEqual([]);
      }),
    );
  });

  it('a change of policy only ever raises a bound, and never beyond the maximum', () => {
    fc.assert(
      fc.property(anything, (known) => {
        for (const { policy } of analyseTemplate(known).suggestions) {
          if (policy === undefined) continue;
          expect(policy.to).toBeGreaterThan(policy.from);
          if (policy.field === 'min_size') {
            expect(policy.to).toBeLessThanOrEqual(known.pool?.maxSize ?? 0);
          }
        }
      }),
    );
  });

  it('nothing is suggested where every phase and the warm hits are within target', () => {
    fc.assert(
      fc.property(anything, (known) => {
        const within = Object.fromEntries(
          phaseNames.map((name) => {
            const p50Ms = Math.min(known.starts?.phases[name].p50Ms ?? 0, phaseTargetMs[name]);
            return [name, { ...phase(p50Ms), historyP50Ms: p50Ms }];
          }),
        );
        const paidPullP90Ms = Math.min(known.starts?.paidPullP90Ms ?? 0, 2_000);
        const all = known.requests ?? requests();
        const warmHits = Math.max(all.warmHits, Math.ceil(0.75 * all.served));
        const good = {
          ...known,
          starts: starts(within, { starts: 50, paidPullP90Ms }),
          requests: { ...all, warmHits },
        };
        const { bottleneck, suggestions } = analyseTemplate(good);
        expect([bottleneck, suggestions]).toEqual([undefined, []]);
      }),
    );
  });

  it('the same records give the same analysis', () => {
    fc.assert(
      fc.property(anything, (known) => {
        const shuffled = { ...known, deployments: known.deployments.toReversed() };
        expect(analyseTemplate(known).suggestions).toEqual(analyseTemplate(shuffled).suggestions);
      }),
    );
  });
});
