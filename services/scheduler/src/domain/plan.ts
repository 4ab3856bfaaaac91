// What a project's plan lets its executions ask for, and how many of them it lets wait.
import {
  type Entitlements,
  type FieldError,
  limits,
  PlatformError,
  type Priority,
  priorities,
  type Retry,
  type Template,
} from '@pilotlight/contracts';

/** The part of a request that plans set bounds to; 0 where it leaves one open. */
export interface Asked {
  readonly timeout: number;
  readonly memoryLimit: number;
}

/** Fills in what a request leaves open where the platform's default would be more than the plan's. */
export function withinPlan<T extends Asked>(asked: T, plan: Entitlements, template: Template): T {
  const { default: timeoutS } = limits.timeoutSeconds;
  const { memory_mb: memoryMb } = template.limits;
  return {
    ...asked,
    timeout: asked.timeout || least(timeoutS, plan.timeout),
    memoryLimit:
      asked.memoryLimit || (least(memoryMb, plan.memoryLimit) < memoryMb ? plan.memoryLimit : 0),
  };
}

/** What asks for more than the plan has. */
export function planProblems(asked: Asked, plan: Entitlements): FieldError[] {
  const problems: FieldError[] = [];
  const check = (field: string, value: number, bound: number, unit: string) => {
    if (bound === 0 || value <= bound) return;
    problems.push({
      field,
      problem: `must be at most ${bound} ${unit} in the plan "${plan.plan}"`,
    });
  };
  check('timeout', asked.timeout, plan.timeout, 'seconds');
  check('memory_limit', asked.memoryLimit, plan.memoryLimit, 'MB');
  return problems;
}

/** The priority of what asks for none. A plan with a word that nobody knows gives the usual one. */
export function priorityOf(plan: Entitlements): Priority {
  return priorities.find((known) => known === plan.priority) ?? 'normal';
}

/** Undefined where the plan allows it, and for what is no priority at all. */
export function priorityProblem(asked: string, plan: Entitlements): FieldError | undefined {
  const rank = (priorities as readonly string[]).indexOf(asked);
  if (rank < 0 || rank >= priorities.indexOf(priorityOf(plan))) return undefined;
  const problem = `"${asked}" is more than "${priorityOf(plan)}", the most in the plan "${plan.plan}"`;
  return { field: 'priority', problem };
}

/** Whether a project may have one more execution without a result. */
export function mayQueue(pending: number, plan: Entitlements | undefined): boolean {
  const bound = plan?.queuedExecutions ?? 0;
  return bound === 0 || pending < bound;
}

/** What whoever submits is told when `mayQueue` is false; seed 002's words. */
export const queueLimitReached = 'Concurrent execution limit reached';

export function overQueueLimit(plan: Entitlements, gapMs: number): PlatformError {
  const retry = whenTenthIsGone(plan.queuedExecutions, gapMs);
  return new PlatformError('resource_exhausted', queueLimitReached, { retry });
}

/**
 * When to ask again at a queue of this length: when a tenth of it has gone, within 1 to 30 s. Wrong, it
 * costs a refused caller one more call. `gapMs`: between two ends.
 */
export function whenTenthIsGone(length: number, gapMs: number): Retry {
  const ms = Math.round(Math.min(30_000, Math.max(1_000, (length / 10) * gapMs)));
  return { kind: 'after', ms };
}

/** 0: the plan sets no bound. */
function least(value: number, bound: number): number {
  return bound === 0 ? value : Math.min(value, bound);
}
