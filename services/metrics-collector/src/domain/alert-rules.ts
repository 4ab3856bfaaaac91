// The table of alerts. Prometheus has the same rules (deploy/observability/prometheus/rules), and
// docs/alerts.md is printed from it.
import type { AlertRule } from './alert-rule.ts';
import { databaseUnreachable, eventLag, queueAge, queueDepth } from './alert-rules-of-backlog.ts';
import {
  nodeShedding,
  orphanAge,
  resourcePressure,
  templateFailing,
} from './alert-rules-of-nodes.ts';
import { lowHitRate, p99AboveTarget, slowColdStart } from './alert-rules-of-starts.ts';

/** What operators may set, in seconds. */
export interface AlertTargets {
  readonly warmP99Seconds: number;
  readonly coldP99Seconds: number;
}

/** Those of the cold-start document's table: warm below 500 ms, all below 5 s. */
export const defaultTargets: AlertTargets = { warmP99Seconds: 0.5, coldP99Seconds: 5 };

/** Every rule, each name once. */
export function alertRules(targets: AlertTargets = defaultTargets): readonly AlertRule[] {
  return [
    slowColdStart,
    lowHitRate,
    p99AboveTarget('warm', targets.warmP99Seconds),
    p99AboveTarget('cold', targets.coldP99Seconds),
    queueDepth,
    queueAge,
    templateFailing,
    orphanAge,
    eventLag,
    databaseUnreachable,
    resourcePressure,
    nodeShedding,
  ];
}
