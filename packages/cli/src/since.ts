// How far back to look, as people write it: 30m, 24h, 7d.
import { InvalidArgumentError } from 'commander';

const unitMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const longestMs = 3_650 * 86_400_000;

/** A parser for an option: milliseconds. */
export function timeSpan(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const ms = Number(count) * (unitMs[unit] ?? 0);
  if (ms > 0 && ms <= longestMs) return ms;
  throw new InvalidArgumentError('It must be a number with s, m, h or d, such as 24h.');
}

/** The option's name and what it says in every command that has it. */
export const sinceOption = [
  '--since <time>',
  'how far back to look, such as 30m, 24h or 7d',
] as const;

/** The start of the range; none where nothing was said, and the service then looks back 24 hours. */
export function startOf(sinceMs: number | undefined, now: Date): { readonly start?: Date } {
  return sinceMs === undefined ? {} : { start: new Date(now.getTime() - sinceMs) };
}
