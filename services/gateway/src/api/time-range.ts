// Times in query strings.
import { invalidFields, type TimeRange } from '@pilotlight/contracts';

/** A date, or a date and a time. */
const isoTime = /^\d{4}-\d\d-\d\d(T[\d:.]{5,15}(Z|[+-]\d\d:\d\d)?)?$/;

/** Of `start` and `end`, each of which may be missing. Throws `invalid_argument` for what is no time. */
export function rangeOf(query: { readonly start?: string; readonly end?: string }): TimeRange {
  return { start: timeOf('start', query.start), end: timeOf('end', query.end) };
}

function timeOf(field: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const time = new Date(isoTime.test(text) ? text : Number.NaN);
  if (time.getTime() >= 0) return time;
  throw invalidFields([{ field, problem: 'must be a time in ISO 8601, since 1970' }]);
}
