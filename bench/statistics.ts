// Percentiles of samples, and how a scenario tells people and programs what it found.

/** In the unit of the samples, rounded to hundredths. */
export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

/** Nearest rank, so every figure is one that was measured. Throws without samples. */
export function percentiles(samples: readonly number[]): Percentiles {
  const sorted = samples.toSorted((a, b) => a - b);
  const rank = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  const [p50, p99] = [rank(0.5), rank(0.99)];
  if (p50 === undefined || p99 === undefined) throw new Error('No samples to take percentiles of.');
  return { p50: hundredths(p50), p99: hundredths(p99) };
}

/** The middle one, or the average of the middle two. Throws without samples. */
export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  if (low === undefined || high === undefined) throw new Error('No samples to take a median of.');
  return (low + high) / 2;
}

export function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Milliseconds that a task took, by the monotonic clock. */
export async function timed(task: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await task();
  return performance.now() - startedAt;
}

/** Progress for people, on stderr so that stdout is the result alone. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Left-aligned columns, the first row being the heading. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
