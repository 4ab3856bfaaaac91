// Suggestions that were carried out, with what requests waited before and since.
import type { Suggestion } from '@pilotlight/contracts';
import type { Row } from '../app/ports.ts';
import { comparedMs, type RecordedChange } from '../domain/analysis/changes.ts';
import type { Ask } from './query-turns.ts';
import { numberOf, optionalNumber, textOf, timeOf } from './row-values.ts';

/** Each is compared with days of requests, in a statement of its own so that recording gets its turns. */
const maxChanges = 20;

const newest = `select * from policy_changes where $1::text = '' or template = $1
  order by applied_at desc, suggestion_id limit ${maxChanges}`;

const one = 'select * from policy_changes where suggestion_id = $1';

/** `$2` is when it was carried out, `$3` and `$4` as long before and after. */
const compared = `
  select avg(acquisition_ms) filter (where request_received_at < $2) as before_ms,
    avg(acquisition_ms) filter (where request_received_at >= $2) as after_ms,
    count(acquisition_ms) filter (where request_received_at >= $2) as requests_after
  from container_stats
  where template = $1 and request_received_at >= $3 and request_received_at < $4`;

const insert = `insert into policy_changes (suggestion_id, template, remedy, suggestion,
    expected_saving_ms, basis, field, from_value, to_value, applied_by, applied_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing`;

/** Newest first. */
export async function changes(
  ask: Ask,
  template: string,
  now: Date,
): Promise<readonly RecordedChange[]> {
  const rows = await ask((session) => session.query(newest, [template]));
  const recorded: RecordedChange[] = [];
  for (const row of rows) recorded.push(await compare(ask, row, now));
  return recorded;
}

export async function changeCounts(
  ask: Ask,
): Promise<ReadonlyMap<string, ReadonlyMap<string, number>>> {
  const sql = 'select template, remedy, count(*) as count from policy_changes group by 1, 2';
  const rows = await ask((session) => session.query(sql));
  const counts = new Map<string, Map<string, number>>();
  for (const row of rows) {
    const ofTemplate = counts.get(textOf(row, 'template')) ?? new Map<string, number>();
    ofTemplate.set(textOf(row, 'remedy'), numberOf(row, 'count'));
    counts.set(textOf(row, 'template'), ofTemplate);
  }
  return counts;
}

export async function recordChange(
  ask: Ask,
  suggestion: Suggestion,
  { by, now }: { readonly by: string; readonly now: Date },
): Promise<RecordedChange> {
  const { suggestionId, template, remedy, text, expectedSavingMs, basis, policy } = suggestion;
  const columns = [suggestionId, template, remedy, text, expectedSavingMs, basis];
  const bounds = [policy?.field ?? null, policy?.from ?? null, policy?.to ?? null];
  const at = now.toISOString();
  const [row = {}] = await ask(async (session) => {
    await session.query(insert, [...columns, ...bounds, by || null, at]);
    return session.query(one, [suggestionId]);
  }, 'write');
  return compare(ask, row, now);
}

async function compare(ask: Ask, row: Row, now: Date): Promise<RecordedChange> {
  const suggestion = suggestionOf(row);
  const appliedAt = timeOf(row, 'applied_at') ?? now;
  const appliedMs = appliedAt.getTime();
  const lengthMs = Math.min(Math.max(0, now.getTime() - appliedMs), comparedMs);
  const times = [appliedMs, appliedMs - lengthMs, appliedMs + lengthMs];
  const parameters = [suggestion.template, ...times.map((at) => new Date(at).toISOString())];
  const [averages = {}] = await ask((session) => session.query(compared, parameters));
  return {
    ...{ suggestion, appliedAt },
    beforeMs: optionalNumber(averages, 'before_ms'),
    afterMs: optionalNumber(averages, 'after_ms'),
    requestsAfter: numberOf(averages, 'requests_after'),
  };
}

function suggestionOf(row: Row): Suggestion {
  const field = textOf(row, 'field');
  const policy = { field, from: numberOf(row, 'from_value'), to: numberOf(row, 'to_value') };
  return {
    suggestionId: textOf(row, 'suggestion_id'),
    template: textOf(row, 'template'),
    remedy: textOf(row, 'remedy'),
    text: textOf(row, 'suggestion'),
    expectedSavingMs: numberOf(row, 'expected_saving_ms'),
    basis: textOf(row, 'basis'),
    policy: field === '' ? undefined : policy,
  };
}
