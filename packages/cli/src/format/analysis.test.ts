import { AnalyzeResponse } from '@pilotlight/contracts';
import { expect, it } from 'vitest';
import { analysisText } from './analysis.ts';

const range = { start: new Date('2026-01-01T00:00:00Z'), end: new Date('2026-01-02T00:00:00Z') };
const firstSeen = new Date('2026-01-01T09:00:00Z');
const suggestion = {
  ...{ template: 'python', remedy: 'larger_minimum', text: 'Keep at least 3 of them.' },
  ...{ expectedSavingMs: 36.4, basis: '1 of 13 was warm\u009b.' },
};

it('shows phases, bottleneck, trend, suggestions and what was carried out', () => {
  const phase = { phase: 'app_init', p50Ms: 65, p90Ms: 70, targetMs: 1_500, share: 0.8125 };
  const starts = { platformVersion: '0.1.0', firstSeen, p50Ms: 80, p90Ms: 81 };
  const change = { appliedAt: firstSeen, suggestion, beforeMs: 40, afterMs: 52 };
  const analysis = AnalyzeResponse.fromPartial({
    range,
    templates: [
      {
        ...{ template: 'python', coldStarts: 22, warmHitRate: 1 / 13, p90Ms: 81 },
        ...{ targetMs: 3_000, phases: [{ ...phase, historyP50Ms: 15 }] },
        bottleneck: { explanation: 'app_init takes 65 ms.' },
        deployments: [
          { ...starts, templateRevision: 'bbb', starts: 20, change: 0.25 },
          { ...starts, templateRevision: 'aaa', starts: 12 },
        ],
        suggestions: [suggestion],
      },
      { template: 'go', inconclusive: true, coldStarts: 3 },
    ],
    changes: [
      { ...change, realisedSavingMs: -12 },
      { appliedAt: firstSeen, suggestion },
    ],
  });
  expect(analysisText(analysis).split('\n')).toEqual([
    'Starts from 2026-01-01T00:00:00Z to 2026-01-02T00:00:00Z',
    '',
    'python: 22 starts, p90 81 ms (target 3.0 s), 8 % of requests warm',
    '  PHASE       P50    P90  BEFORE  TARGET  SHARE',
    '  app_init  65 ms  70 ms   15 ms   1.5 s   81 %',
    '  Bottleneck: app_init takes 65 ms.',
    '  REVISION  PLATFORM  FIRST SEEN            STARTS    P50    P90  CHANGE',
    '  bbb       0.1.0     2026-01-01T09:00:00Z      20  80 ms  81 ms   +25 %',
    '  aaa       0.1.0     2026-01-01T09:00:00Z      12  80 ms  81 ms       -',
    '  larger_minimum: Keep at least 3 of them. Expected: saves an average request 36 ms.',
    '    1 of 13 was warm\\x9b.',
    '',
    'go: 3 starts, - of requests warm; too few to say more.',
    '',
    'Carried out:',
    'AT                    WHAT                      BEFORE  SINCE  EXPECTED      SAVED',
    '2026-01-01T09:00:00Z  Keep at least 3 of them.   40 ms  52 ms     36 ms     -12 ms',
    '2026-01-01T09:00:00Z  Keep at least 3 of them.       -      -     36 ms  too early',
  ]);
});

it('says that there was nothing', () => {
  expect(analysisText(AnalyzeResponse.fromPartial({ range }))).toMatch(
    /\n\nThere were none that are recorded\.$/,
  );
});
