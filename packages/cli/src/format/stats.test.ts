import { Activity, Stats } from '@pilotlight/contracts';
import { expect, it } from 'vitest';
import { activityTable, statsText } from './stats.ts';

const start = new Date('2026-01-01T00:00:00.400Z');
const end = new Date('2026-01-02T00:00:00Z');

it('shows totals, templates, users, the phases of cold starts and the ends', () => {
  const startup = { p50: 2, p90: 40, p95: 50, p99: 61, max: 62, average: 12, samples: 9 };
  const cold = { ...startup, p50: 40, samples: 1 };
  const summary = {
    ...{ requests: 10, served: 9, failedStarts: 1, warmHits: 8, warmHitRate: 8 / 9, startup },
    ...{ coldStartup: cold, averageActiveMs: 61_250, clockSkewed: 2 },
    shutdownReasons: { manual: 8, error: 1 },
  };
  const averagePhases = {
    ...{ schedulingMs: 1, imagePullMs: 0, containerCreateMs: 12, processStartMs: 4 },
    ...{ appInitMs: 15, totalMs: 32 },
  };
  const shown = statsText(
    Stats.fromPartial({
      range: { start, end },
      total: summary,
      byTemplate: [{ template: 'python', summary, averagePhases }],
      byUser: [{ userId: 'a\u001b[2Jda', summary: { requests: 1 } }],
    }),
  );
  expect(shown.split('\n')).toEqual([
    'Requests from 2026-01-01T00:00:00Z to 2026-01-02T00:00:00Z',
    '',
    'TEMPLATE  REQUESTS  FAILED  WARM     P50    P90    P99    MAX  AVERAGE  COLD P50  COLD P90',
    'all             10       1  89 %  2.0 ms  40 ms  61 ms  62 ms    12 ms     40 ms     40 ms',
    'python          10       1  89 %  2.0 ms  40 ms  61 ms  62 ms    12 ms     40 ms     40 ms',
    '',
    'USER        REQUESTS  FAILED  WARM  P50  P90  P99  MAX  AVERAGE  COLD P50  COLD P90',
    'a\\x1b[2Jda         1       0     -    -    -    -    -        -         -         -',
    '',
    'COLD, ON AVERAGE  SCHEDULING   IMAGE  CREATE  PROCESS  APP INIT  TOTAL',
    'python                1.0 ms  0.0 ms   12 ms   4.0 ms     15 ms  32 ms',
    '',
    'Ended: 8 manual, 1 error; after 61.3 s on average.',
    'Clocks went backwards in 2 of them.',
  ]);
});

it('shows nothing but zeros of nothing', () => {
  const shown = statsText(Stats.fromPartial({ range: { start, end }, total: {} })).split('\n');
  expect(shown).toHaveLength(4);
  expect(shown[3]).toMatch(/^all +0 +0 +- +-/);
});

it('shows requests one by one, and nothing that could harm a terminal', () => {
  const request = { requestReceivedAt: start, template: 'python', sandboxId: 's' };
  const shown = activityTable([
    Activity.create({
      ...{ ...request, userId: 'ada', startupMs: 2.44, fromWarmPool: true, activeMs: 900 },
      ...{ shutdownReason: 'manual', stopReason: 'manual' },
    }),
    Activity.create({
      ...{ ...request, startupMs: 41, executionStatus: 'timeout', stopReason: 'resource_limit' },
      shutdownReason: 'resource_limit',
    }),
    Activity.create({ ...request, detail: 'no\nimage\u202e' }),
  ]);
  expect(shown.split('\n')).toEqual([
    'RECEIVED              TEMPLATE  USER  SANDBOX  START   WAITED  ACTIVE  ENDED                     WHY',
    '2026-01-01T00:00:00Z  python    ada   s        warm    2.4 ms  900 ms  manual',
    '2026-01-01T00:00:00Z  python    -     s        cold     41 ms       -  resource_limit (timeout)',
    '2026-01-01T00:00:00Z  python    -     s        failed       -       -  -                         no\\x0aimage\\u202e',
  ]);
  expect(activityTable([])).toBe('No requests.');
});
