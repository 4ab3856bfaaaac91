// What of a question is wrong, field by field, and what unset fields mean.
import type { FieldError, Suggestion, TimeRange } from '@pilotlight/contracts';
import { remedyNames } from './analysis/remedies.ts';

const dayMs = 86_400_000;
/** Longer texts are no names; a suggestion's own are ours. */
const maxNameLength = 256;
const maxTextLength = 2_000;

/** Unset ends: so many days before the end, and now. */
export function rangeOf(
  given: TimeRange | undefined,
  now: Date,
  problems: FieldError[],
  usualDays = 1,
): { readonly start: Date; readonly end: Date } {
  const end = given?.end ?? now;
  const start = given?.start ?? new Date(end.getTime() - usualDays * dayMs);
  const times = { 'range.start': start, 'range.end': end };
  const bad = Object.entries(times).filter(([, at]) => !isStorable(at));
  problems.push(...bad.map(([field]) => ({ field, problem: 'is not a time of these centuries' })));
  if (bad.length === 0 && start >= end) {
    problems.push({ field: 'range.start', problem: 'must be before range.end' });
  }
  return { start, end };
}

/** Both what JavaScript can add to and what PostgreSQL can read back. */
function isStorable(at: Date): boolean {
  return at.getTime() >= Date.UTC(1970, 0) && at.getTime() < Date.UTC(3000, 0);
}

/** 0 means the usual. */
export function limitOf(
  given: number,
  { usual, most }: { readonly usual: number; readonly most: number },
  problems: FieldError[],
): number {
  if (given < 0 || given > most) {
    problems.push({ field: 'limit', problem: `must be 1 to ${most}, or 0 for ${usual}` });
  }
  return given === 0 ? usual : given;
}

/** Of names that may be empty. */
export function textProblems(texts: Readonly<Record<string, string>>): FieldError[] {
  return Object.entries(texts).flatMap(([field, value]) => problemsOf(field, value, maxNameLength));
}

/** A suggestion as it was given out: its id says which of its template's remedies it is. */
export function suggestionProblems(suggestion: Suggestion | undefined): FieldError[] {
  if (suggestion === undefined) return [{ field: 'suggestion', problem: 'is missing' }];
  const { suggestionId, template, remedy, text, basis, expectedSavingMs, policy } = suggestion;
  const problems = [
    ...problemsOf('suggestion.suggestion_id', suggestionId, 2 * maxNameLength),
    ...problemsOf('suggestion.template', template, maxNameLength),
    ...problemsOf('suggestion.text', text, maxTextLength),
    ...problemsOf('suggestion.basis', basis, maxTextLength),
  ];
  const remedies: readonly string[] = remedyNames;
  if (!remedies.includes(remedy)) {
    const problem = `must be one of ${remedies.join(', ')}`;
    problems.push({ field: 'suggestion.remedy', problem });
  }
  const prefix = `${template}.${remedy}.`;
  if (template === '' || !suggestionId.startsWith(prefix) || suggestionId === prefix) {
    const problem = 'is not that of a suggestion for this template and remedy';
    problems.push({ field: 'suggestion.suggestion_id', problem });
  }
  if (!(expectedSavingMs >= 0 && Number.isFinite(expectedSavingMs))) {
    problems.push({ field: 'suggestion.expected_saving_ms', problem: 'must be 0 or more' });
  }
  if (policy !== undefined && policy.field !== 'min_size' && policy.field !== 'max_size') {
    const problem = 'must be min_size or max_size';
    problems.push({ field: 'suggestion.policy.field', problem });
  }
  return problems;
}

function problemsOf(field: string, value: string, most: number): FieldError[] {
  if (value.includes('\0')) return [{ field, problem: 'contains NUL' }];
  if (value.length > most) return [{ field, problem: `is longer than ${most} characters` }];
  return [];
}
