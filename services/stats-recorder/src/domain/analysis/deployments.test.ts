import { expect, it } from 'vitest';
import { deployment } from '../../testing/recorded.ts';
import { realisedChange } from './changes.ts';
import { deploymentTrend } from './deployments.ts';

const at = (day: number) => new Date(Date.UTC(2026, 0, day));

it('shows deployments newest first, each against the one before it', () => {
  const trend = deploymentTrend([
    deployment({ templateRevision: 'bbb', firstSeen: at(2), p50Ms: 2_400 }),
    deployment({ templateRevision: 'ccc', firstSeen: at(3), p50Ms: 1_200 }),
    deployment({ templateRevision: 'aaa', firstSeen: at(1), p50Ms: 2_000 }),
  ]);
  expect(trend.map((one) => [one.templateRevision, one.change?.toFixed(2)])).toEqual([
    ['ccc', '-0.50'],
    ['bbb', '0.20'],
    ['aaa', undefined],
  ]);
});

it('compares no deployments of fewer than ten starts', () => {
  const few = deployment({ templateRevision: 'bbb', firstSeen: at(2), starts: 9 });
  expect(deploymentTrend([deployment(), few])[0]?.change).toBeUndefined();
});

it('takes the same revision under another platform for another deployment', () => {
  const later = deployment({ platformVersion: '0.2.0', firstSeen: at(2), p50Ms: 1_000 });
  expect(deploymentTrend([deployment({ firstSeen: at(1) }), later])[0]).toMatchObject({
    ...{ platformVersion: '0.2.0', change: -0.5 },
  });
});

it.each([
  ['a saving', 100, 40, 10, 60],
  ['a loss', 40, 100, 10, -60],
  ['nothing yet, of nine requests', 100, 40, 9, undefined],
  ['nothing without requests before', undefined, 40, 10, undefined],
])('says %s was realised', (_, beforeMs, afterMs, requestsAfter, saving) => {
  const suggestion = {
    ...{ suggestionId: 'go.pre_pull.1', template: 'go', remedy: 'pre_pull', text: '', basis: '' },
    ...{ expectedSavingMs: 9, policy: undefined },
  };
  const change = realisedChange({
    ...{ suggestion, appliedAt: at(1), beforeMs, afterMs, requestsAfter },
  });
  expect(change).toEqual({
    ...{ suggestion, appliedAt: at(1), beforeMs, afterMs, realisedSavingMs: saving },
  });
});
