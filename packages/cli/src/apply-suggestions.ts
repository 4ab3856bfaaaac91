// Carrying out the suggestions that are changes of policy, each after asking.
import type { Pilotlight } from '@pilotlight/client';
import {
  type AnalyzeResponse,
  type Change,
  PlatformError,
  type PolicyChange,
  type Pool,
  type PoolPolicy,
  type Suggestion,
} from '@pilotlight/contracts';
import { printable } from './format/printable.ts';
import { milliseconds } from './format/quantities.ts';

export interface ApplyOptions {
  readonly client: Pick<Pilotlight, 'pools' | 'setPolicy' | 'recordChange'>;
  /** Whom to note. */
  readonly by: string;
  /** Resolves with whether to do it. */
  readonly confirm: (question: string) => Promise<boolean>;
  /** Hears what was done, and what was not and why. */
  readonly say: (text: string) => void;
}

type Applicable = Suggestion & { readonly policy: PolicyChange };

/** Those that can be applied at once. */
export function applicable({ templates }: AnalyzeResponse): Applicable[] {
  return templates.flatMap(({ suggestions }) => suggestions.filter(isApplicable));
}

function isApplicable(suggestion: Suggestion): suggestion is Applicable {
  return suggestion.policy !== undefined;
}

/**
 * One after the other, and resolves with what was carried out. A pool whose policy is not what the
 * suggestion was made for any more is passed over.
 */
export async function applySuggestions(
  suggestions: readonly Applicable[],
  options: ApplyOptions,
): Promise<Change[]> {
  const applied: Change[] = [];
  for (const suggestion of suggestions) {
    const change = await applyOne(suggestion, options);
    if (change !== undefined) applied.push(change);
  }
  return applied;
}

async function applyOne(
  suggestion: Applicable,
  { client, by, confirm, say }: ApplyOptions,
): Promise<Change | undefined> {
  const { policy, template, expectedSavingMs } = suggestion;
  const what = `${policy.field} of ${printable(template)}`;
  const saving = milliseconds(expectedSavingMs);
  const question = `Change ${what} from ${policy.from} to ${policy.to}, to save ${saving}?`;
  if (!(await confirm(question))) return undefined;
  const current = currentValue(policy.field, await poolOf(client, template));
  if (current !== policy.from) {
    say(`${what} is ${current ?? 'unknown'} by now, not ${policy.from}: left as it is.`);
    return undefined;
  }
  await client.setPolicy(template, updateOf(policy));
  say(`${what} is ${policy.to} now, and stays so after a restart.`);
  return client.recordChange(suggestion, by);
}

async function poolOf(client: ApplyOptions['client'], template: string): Promise<Pool | undefined> {
  return (await client.pools()).find((pool) => pool.template === template);
}

function currentValue(field: string, pool: Pool | undefined): number | undefined {
  return field === 'min_size' ? pool?.policy?.minSize : pool?.policy?.maxSize;
}

function updateOf({ field, to }: PolicyChange): Partial<PoolPolicy> {
  if (field === 'min_size') return { minSize: to };
  if (field === 'max_size') return { maxSize: to };
  throw new PlatformError('unimplemented', `This version cannot change ${printable(field)}.`);
}
