// Percentiles of samples, as PostgreSQL's percentile_cont has them: between two samples in proportion.
import type { Percentiles } from '@pilotlight/contracts';

/** Undefined without samples. */
export function percentilesOfSamples(samples: readonly number[]): Percentiles | undefined {
  const sorted = Float64Array.from(samples).sort();
  const max = sorted.at(-1);
  if (max === undefined) return undefined;
  const at = (fraction: number) => quantile(sorted, fraction);
  const average = sorted.reduce((sum, one) => sum + one, 0) / sorted.length;
  return {
    ...{ p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99) },
    ...{ max, average, samples: sorted.length },
  };
}

function quantile(sorted: Float64Array, fraction: number): number {
  const place = fraction * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? 0;
  const above = sorted[Math.ceil(place)] ?? below;
  return below + (above - below) * (place - Math.floor(place));
}
