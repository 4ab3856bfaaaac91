// Columns as the values of messages, whichever driver they come from: counts are text in one and
// numbers in the other.
import type { Percentiles, StartPhases } from '@pilotlight/contracts';
import type { Row } from '../app/ports.ts';

/** 0 for null. */
export function numberOf(row: Row, name: string): number {
  return optionalNumber(row, name) ?? 0;
}

export function optionalNumber(row: Row, name: string): number | undefined {
  const value = row[name];
  return value === null || value === undefined ? undefined : Number(value);
}

/** Empty for null. */
export function textOf(row: Row, name: string): string {
  const value = row[name];
  return typeof value === 'string' ? value : '';
}

export function timeOf(row: Row, name: string): Date | undefined {
  const value = row[name];
  return value instanceof Date ? value : undefined;
}

/** Of an array of numbers, which is null where there were no rows. */
export function numbersOf(row: Row, name: string): readonly number[] {
  const value = row[name];
  return Array.isArray(value) ? value.map(Number) : [];
}

/** Undefined where the start was not measured, or did not come so far. */
export function phasesOf(row: Row): StartPhases | undefined {
  if (row['total_ms'] === null || row['total_ms'] === undefined) return undefined;
  return {
    schedulingMs: numberOf(row, 'scheduling_ms'),
    imagePullMs: numberOf(row, 'image_pull_ms'),
    containerCreateMs: numberOf(row, 'container_create_ms'),
    processStartMs: numberOf(row, 'process_start_ms'),
    appInitMs: numberOf(row, 'app_init_ms'),
    totalMs: numberOf(row, 'total_ms'),
  };
}

/** Of the columns that begin with `name_`; p50, p90, p95 and p99 in one of them. Undefined without samples. */
export function percentilesOf(row: Row, name: string): Percentiles | undefined {
  const samples = numberOf(row, `${name}_samples`);
  if (samples === 0) return undefined;
  const [p50 = 0, p90 = 0, p95 = 0, p99 = 0] = numbersOf(row, `${name}_quantiles`);
  const max = numberOf(row, `${name}_max`);
  return { p50, p90, p95, p99, max, average: numberOf(row, `${name}_average`), samples };
}
