// Whether an application answers: what an answer is worth, how long a start may go without one, and
// when silence afterwards makes a sandbox unhealthy. Times are numbers given by the caller.

/** What one look at an application came to. The words are of the platform, never the application's. */
export type ProbeOutcome =
  | { readonly kind: 'answered'; readonly status: number }
  /** Refused, cut off, no HTTP, or too late. */
  | { readonly kind: 'silent'; readonly detail: string };

/** As in template.yaml, in milliseconds. */
export interface ProbeRules {
  readonly periodMs: number;
  /** Periods without a good answer before a start has failed. */
  readonly failureThreshold: number;
}

export interface Health {
  readonly status: 'healthy' | 'unhealthy';
  /** Looks in a row that came to nothing. */
  readonly failures: number;
  /** What the last look came to, where that was no good. */
  readonly detail: string;
}

/** A start is asked so often: half of it is what asking adds to a start on average. */
export const startPauseMs = 50;
/**
 * Looks in a row that make a ready sandbox unhealthy: Kubernetes' default for liveness. The template's
 * own threshold is made for starts; thirty bad seconds would be too many for whoever uses it.
 */
export const failuresToUnhealthy = 3;
/** A busy compiler is silent for a second and not broken. */
const shortestPatienceMs = 2_000;

export const healthy: Health = { status: 'healthy', failures: 0, detail: '' };

/** Why an outcome is no good; undefined where it is. Good is what Kubernetes takes: 200 to 399. */
export function problemOf(outcome: ProbeOutcome): string | undefined {
  if (outcome.kind === 'silent') return outcome.detail;
  const { status } = outcome;
  return status >= 200 && status < 400 ? undefined : `it answered with status ${status}`;
}

/** How long a start may take until the first good answer. */
export function startBudgetMs(rules: ProbeRules): number {
  return rules.periodMs * rules.failureThreshold;
}

/** How long one look at a start may take; 0 where the budget is used up. */
export function startPatienceMs(rules: ProbeRules, elapsedMs: number): number {
  return Math.max(0, Math.min(rules.periodMs, startBudgetMs(rules) - elapsedMs));
}

/** How long one look at a ready sandbox may take. */
export function watchPatienceMs(rules: ProbeRules): number {
  return Math.max(rules.periodMs, shortestPatienceMs);
}

/** One good answer makes it healthy; `failuresToUnhealthy` bad looks in a row make it unhealthy. */
export function afterLook(health: Health, outcome: ProbeOutcome): Health {
  const detail = problemOf(outcome);
  if (detail === undefined) return healthy;
  const failures = health.failures + 1;
  const isLost = health.status === 'unhealthy' || failures >= failuresToUnhealthy;
  return { status: isLost ? 'unhealthy' : 'healthy', failures, detail };
}

/** After a sleep the count begins anew; what was unhealthy stays so until it answers. */
export function afterSleep(health: Health): Health {
  return { ...health, failures: 0 };
}
