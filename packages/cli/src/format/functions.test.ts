import { FunctionMessage as AnalyzedFunction, FunctionDetails } from '@pilotlight/contracts';
import { describe, expect, it } from 'vitest';
import { functionTable, functionText } from './functions.ts';
import type { Look } from './look.ts';

const look: Look = { columns: 60, unicode: false, paint: (_, text) => text };
const range = { start: new Date('2026-01-01T00:00:00Z'), end: new Date('2026-01-08T00:00:00Z') };
const named = { functionName: 'pay\u001b[2J', runtime: 'nodejs22.x', region: 'us-east-1' };

const textOf = (details: Parameters<typeof FunctionDetails.fromPartial>[0]) =>
  functionText(FunctionDetails.fromPartial({ range, ...details }), { all: false }, look);

it('lists functions with what their cold starts took', () => {
  const lastSeenAt = new Date('2026-01-07T23:59:00Z');
  const stats = { avgInitDurationMs: 2_850, p95InitDurationMs: 3_100, coldStartRate: 0.12 };
  const shown = functionTable(
    [
      AnalyzedFunction.fromPartial({
        ...{ ...named, project: 'blue', memoryAllocatedMb: 512, lastSeenAt },
        coldStartStats: { ...stats, totalInvocations24h: 15_000 },
      }),
      AnalyzedFunction.fromPartial({ functionName: 'quiet', project: 'blue' }),
    ],
    range.end,
  );
  expect(shown.split('\n')).toEqual([
    'FUNCTION    PROJECT  RUNTIME     REGION     MEMORY  COLD   INIT    P95  CALLS 24H  SEEN',
    'pay\\x1b[2J  blue     nodejs22.x  us-east-1  512 MB  12 %  2.9 s  3.1 s      15000  60 s',
    'quiet       blue     -           -               -     -      -      -          0     -',
  ]);
});

describe('one function', () => {
  it('has its figures, its tree and what to do about it', () => {
    const shown = textOf({
      function: { ...named, memoryAllocatedMb: 512 },
      coldStarts: 31,
      init: { p50: 1_000, p90: 1_100, p95: 1_200, p99: 1_300 },
      modules: [{ module: 'aws-sdk', total: { p50: 850 }, self: { p50: 850 }, share: 0.85 }],
      recommendations: [
        {
          ...{ module: 'aws-sdk\u001b[2J', issue: 'Loading entire SDK at startup' },
          suggestion: 'Use modular @aws-sdk/client-* packages, of which each brings its own alone.',
          ...{ potentialSavingsMs: 750, confidence: 'high', samples: 31 },
        },
      ],
    });
    expect(shown.split('\n')).toEqual([
      'pay\\x1b[2J  nodejs22.x  us-east-1  512 MB',
      '31 cold starts from 2026-01-01T00:00:00Z to 2026-01-08T00:00:00Z',
      'init: p50 1.0 s, p90 1.1 s, p95 1.2 s, p99 1.3 s',
      '',
      expect.stringMatching(/ TOTAL/),
      expect.stringMatching(/^init +#+ +1\.0 s {2}150 ms +15 %$/),
      expect.stringMatching(/^` aws-sdk +#+ +850 ms {2}850 ms +85 %$/),
      '',
      'Recommendations',
      '1. aws-sdk\\x1b[2J',
      '   Loading entire SDK at startup',
      '   Use modular @aws-sdk/client-* packages, of which each',
      '   brings its own alone.',
      '   Saves 750 ms of a cold start: confidence high, from 31',
      '   cold starts.',
    ]);
  });

  it('says how little is known where it is little', () => {
    const totals = [{ module: 'aws-sdk', total: { p50: 850 } }];
    expect(textOf({ coldStarts: 1, modules: totals })).toMatch(/totals alone: a time includes/);
    expect(textOf({ coldStarts: 1 })).toMatch(
      /^1 cold start from.*\n\nNo module took longer than 1 ms.*\n\nNo recommendations yet: .* few/m,
    );
    expect(textOf({})).toMatch(/No cold start was reported in this time; --since/);
    expect(textOf({ coldStarts: 5 })).toMatch(/No recommendations\.$/);
  });
});
