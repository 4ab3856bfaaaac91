// Months in UTC, by which invocations are kept: `2026-01`.

/** Of a time in ISO 8601, in UTC. */
export function monthOf(at: string): string {
  return new Date(at).toISOString().slice(0, 7);
}

/** When a month begins; its end is the beginning of the next. */
export function startOfMonth(month: string): Date {
  return new Date(`${month}-01T00:00:00Z`);
}

export function nextMonth(month: string): string {
  const start = startOfMonth(month);
  return new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1))
    .toISOString()
    .slice(0, 7);
}

/** The months of these times in order, and the one after them: it is there before its first row comes. */
export function monthsToHave(times: readonly string[]): string[] {
  const months = [...new Set(times.map(monthOf))].toSorted();
  const last = months.at(-1);
  return last === undefined ? [] : [...months, nextMonth(last)];
}
