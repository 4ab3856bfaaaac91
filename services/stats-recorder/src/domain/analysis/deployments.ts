// The trend: one deployment's starts against those of the deployment before it.
import type { Deployment } from '@pilotlight/contracts';
import { risenBy } from './phases.ts';
import type { RecordedDeployment } from './recorded.ts';
import { leastSamples } from './targets.ts';

/** Newest first. There is no change where either of the two has too few starts. */
export function deploymentTrend(recorded: readonly RecordedDeployment[]): Deployment[] {
  const ordered = inOrder(recorded);
  return ordered
    .map((deployment, index) => {
      const before = ordered[index - 1];
      return {
        templateRevision: deployment.templateRevision,
        platformVersion: deployment.platformVersion,
        firstSeen: deployment.firstSeen,
        starts: deployment.starts,
        p50Ms: deployment.p50Ms,
        p90Ms: deployment.p90Ms,
        change: changeOf(before, deployment),
      };
    })
    .toReversed();
}

function changeOf(
  before: RecordedDeployment | undefined,
  now: RecordedDeployment,
): number | undefined {
  if (before === undefined || !(before.p50Ms > 0)) return undefined;
  if (Math.min(before.starts, now.starts) < leastSamples) return undefined;
  return now.p50Ms / before.p50Ms - 1;
}

/** By how much app_init rose when the newest template revision came; 0 where it did not. */
export function appInitRiseMs(recorded: readonly RecordedDeployment[]): number {
  const [before, now] = inOrder(recorded).slice(-2);
  if (before === undefined || now === undefined) return 0;
  if (before.templateRevision === now.templateRevision) return 0;
  if (Math.min(before.starts, now.starts) < leastSamples) return 0;
  return risenBy(now.appInitP50Ms, before.appInitP50Ms);
}

/** Waiting for images of template revisions that came after the first one that is known. */
export function pullsAfterChange(recorded: readonly RecordedDeployment[]): {
  readonly requests: number;
  readonly sumMs: number;
} {
  const ordered = inOrder(recorded);
  const first = ordered[0]?.templateRevision;
  const later = ordered.filter(({ templateRevision }) => templateRevision !== first);
  return {
    requests: later.reduce((sum, { coldPulls }) => sum + coldPulls, 0),
    sumMs: later.reduce((sum, { coldPullSumMs }) => sum + coldPullSumMs, 0),
  };
}

/** Oldest first; names decide between those that were seen at once. */
function inOrder(recorded: readonly RecordedDeployment[]): RecordedDeployment[] {
  const name = (one: RecordedDeployment) => `${one.templateRevision} ${one.platformVersion}`;
  return recorded.toSorted(
    (a, b) => a.firstSeen.getTime() - b.firstSeen.getTime() || (name(a) < name(b) ? -1 : 1),
  );
}
