// What is wrong with new projects, keys and plans, field by field.
import {
  type Entitlements,
  type FieldError,
  isUserOf,
  type KeyRole,
  keyRoles,
  limits,
  priorities,
} from '@pilotlight/contracts';

const slug = /^[a-z0-9-]{1,32}$/;
const maxSlugLength = 32;
/** Of the tables' columns. */
const maxNameLength = 255;
const maxUserLength = 128;
const maxCount = 1_000_000_000;
const control = /\p{Cc}/u;

/** Undefined for `[a-z0-9-]{1,32}`. */
export function slugProblem(field: string, value: string): FieldError | undefined {
  if (slug.test(value)) return undefined;
  return { field, problem: `must be 1 to ${maxSlugLength} of a-z, 0-9 and "-"` };
}

/** `Ärzte & Co.` becomes `arzte-co`; empty where nothing of it can stay. */
export function slugFrom(name: string): string {
  const plain = name.normalize('NFKD').toLowerCase();
  const words = plain.replaceAll(/\p{M}/gu, '').replaceAll(/[^a-z0-9]+/g, '-');
  return trimmed(trimmed(words).slice(0, maxSlugLength));
}

function trimmed(words: string): string {
  return words.replaceAll(/^-+|-+$/g, '');
}

export interface NewProject {
  readonly name: string;
  readonly slug: string;
}

/** `slug` is the one that it will have. */
export function projectProblems({ name, slug: wanted }: NewProject): FieldError[] {
  return present(nameProblem(name, 'required'), slugProblem('slug', wanted));
}

export interface NewKey {
  /** Slug. */
  readonly project: string;
  readonly name: string;
  /** The one user that it speaks for; empty: every user of the project. */
  readonly userId: string;
  readonly role: string;
}

export function keyProblems({ project, name, userId, role }: NewKey): FieldError[] {
  const problems = present(slugProblem('project', project), nameProblem(name, 'optional'));
  if (!isRole(role)) {
    problems.push({ field: 'role', problem: `must be one of ${keyRoles.join(', ')}` });
  }
  if (role === 'admin' && userId !== '') {
    problems.push({ field: 'user_id', problem: 'must be empty: an admin key speaks for everyone' });
  } else if (userId !== '') {
    problems.push(...userProblems(project, userId));
  }
  return problems;
}

function isRole(role: string): role is KeyRole {
  return keyRoles.some((known) => known === role);
}

/** Checked as the whole id that `userOf` makes of it. */
function userProblems(project: string, userId: string): FieldError[] {
  const field = 'user_id';
  const user = userOf(project, userId);
  if (!isUserOf(project, user) || user === `${project}:`) {
    return [{ field, problem: `must be a name, "${project}", or "${project}:" and a name` }];
  }
  if (user.length <= maxUserLength && !control.test(user)) return [];
  const problem = `must be at most ${maxUserLength} characters, of which none is a control character`;
  return [{ field, problem }];
}

/** A user's whole id for a name, or for what is a whole id already; empty for nobody. */
export function userOf(project: string, wanted: string): string {
  const isWhole = wanted === '' || wanted === project || wanted.includes(':');
  return isWhole ? wanted : `${project}:${wanted}`;
}

/** Limits that are not 0 must be ones that an execution may ask for. */
export function planProblems(plan: Entitlements): FieldError[] {
  const { timeout, memoryLimit } = plan;
  const counts = {
    concurrent_executions: plan.concurrentExecutions,
    queued_executions: plan.queuedExecutions,
    requests_per_minute: plan.requestsPerMinute,
    queries_per_minute: plan.queriesPerMinute,
  };
  const problems = present(slugProblem('plan', plan.plan));
  if (!priorities.some((known) => known === plan.priority)) {
    problems.push({ field: 'priority', problem: `must be one of ${priorities.join(', ')}` });
  }
  for (const [field, count] of Object.entries(counts)) {
    if (Number.isInteger(count) && count >= 0 && count <= maxCount) continue;
    problems.push({ field, problem: `must be 0 (no bound) to ${maxCount}` });
  }
  const bounded = [
    ['timeout', timeout, limits.timeoutSeconds],
    ['memory_limit', memoryLimit, limits.memoryMb],
  ] as const;
  for (const [field, value, bounds] of bounded) {
    if (limits.withinBounds(value, bounds)) continue;
    problems.push({ field, problem: `must be 0 or ${bounds.min} to ${bounds.max}` });
  }
  return problems;
}

function nameProblem(name: string, need: 'required' | 'optional'): FieldError | undefined {
  const field = 'name';
  if (need === 'required' && name.trim() === '') return { field, problem: 'is missing' };
  if (name.length > maxNameLength) {
    return { field, problem: `is longer than ${maxNameLength} characters` };
  }
  return control.test(name) ? { field, problem: 'contains a control character' } : undefined;
}

function present(...problems: readonly (FieldError | undefined)[]): FieldError[] {
  return problems.filter((problem) => problem !== undefined);
}
