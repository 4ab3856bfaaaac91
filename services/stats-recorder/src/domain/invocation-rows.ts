// A report of the analyzer's as rows: its invocations, and the functions that they are of.
import {
  type Invocation,
  InvocationReport,
  invalidFields,
  type ModuleDetail,
  parseJsonObject,
  parseSubject,
} from '@pilotlight/contracts';
import { checkValues, integerColumn, textColumn, uuidColumn } from './columns.ts';

const dayMs = 86_400_000;
/** What the gateway takes, and a day for clocks that differ: no month further away is ever made. */
const oldestMs = 401 * dayMs;
const newestMs = dayMs;

/** Names a function in the rows of one batch. */
export interface FunctionKey {
  /** Slug. */
  readonly project: string;
  readonly function_name: string;
}

/** Named as the columns of functions, but for the project. */
export interface FunctionRow extends FunctionKey {
  readonly runtime: string | null;
  readonly region: string | null;
  readonly memory_allocated_mb: number | null;
  readonly first_seen_at: string;
  readonly last_seen_at: string;
  /** Of this batch. */
  readonly cold_starts_written: number;
}

/** Named as the columns of invocations, but for the function. */
export interface InvocationRow extends FunctionKey {
  readonly id: string;
  readonly invocation_id: string | null;
  readonly request_id: string | null;
  readonly timestamp: string;
  readonly cold_start: boolean;
  readonly init_duration_ms: number | null;
  readonly execution_duration_ms: number;
  readonly billed_duration_ms: number | null;
  readonly memory_used_mb: number | null;
  readonly memory_allocated_mb: number | null;
  /** JSON. */
  readonly module_timings: string | null;
  /** JSON. */
  readonly module_details: string | null;
  readonly runtime_version: string | null;
  readonly architecture: string | null;
  readonly region: string | null;
  readonly clock_skew_ms: number | null;
}

/** Throws `invalid_argument` for a report that no gateway sends. */
export function invocationRows(subject: string, data: Uint8Array): InvocationRow[] {
  const report = InvocationReport.fromJSON(parseJsonObject(data));
  checkValues(report);
  const { project, receivedAt } = report;
  if (project === '' || parseSubject('invocationReport', subject)?.project !== project) {
    throw invalidFields([{ field: 'project', problem: 'is not that of the subject' }]);
  }
  if (receivedAt === undefined) {
    throw invalidFields([{ field: 'received_at', problem: 'is missing' }]);
  }
  return report.invocations.map((one, index) => rowOf(one, { project, receivedAt, index }));
}

interface Source {
  readonly project: string;
  readonly receivedAt: Date;
  readonly index: number;
}

function rowOf(invocation: Invocation, { project, receivedAt, index }: Source): InvocationRow {
  checkValues(invocation);
  const { id, functionName, timestamp } = invocation;
  const field = `invocations[${index}]`;
  if (id === '' || functionName === '') {
    throw invalidFields([{ field, problem: 'has no id, or no function_name' }]);
  }
  const ageMs = timestamp === undefined ? NaN : receivedAt.getTime() - timestamp.getTime();
  if (timestamp === undefined || !(ageMs <= oldestMs && ageMs >= -newestMs)) {
    throw invalidFields([{ field: `${field}.timestamp`, problem: 'is too far from received_at' }]);
  }
  const { moduleTimings, moduleDetails } = invocation;
  return {
    ...{ id: uuidColumn(id), project, function_name: functionName },
    invocation_id: textColumn(invocation.invocationId),
    request_id: textColumn(invocation.requestId),
    timestamp: timestamp.toISOString(),
    cold_start: invocation.coldStart,
    init_duration_ms: optionalInteger(invocation.initDurationMs),
    execution_duration_ms: integerColumn(invocation.executionDurationMs),
    billed_duration_ms: optionalInteger(invocation.billedDurationMs),
    memory_used_mb: optionalInteger(invocation.memoryUsedMb),
    memory_allocated_mb: optionalInteger(invocation.memoryAllocatedMb),
    module_timings: timingsColumn(moduleTimings, `${field}.module_timings`),
    module_details: detailsColumn(moduleDetails, `${field}.module_details`),
    runtime_version: textColumn(invocation.runtimeVersion),
    architecture: textColumn(invocation.architecture),
    region: textColumn(invocation.region),
    clock_skew_ms: invocation.clockSkewMs ?? null,
  };
}

function optionalInteger(value: number | undefined): number | null {
  return value === undefined ? null : integerColumn(value);
}

function timingsColumn(timings: Readonly<Record<string, number>>, field: string): string | null {
  const entries = Object.entries(timings);
  if (entries.length === 0) return null;
  const storables = entries.map(([module, ms]) => [storable(module), checkedMs(ms, field)]);
  return JSON.stringify(Object.fromEntries(storables));
}

function detailsColumn(details: readonly ModuleDetail[], field: string): string | null {
  if (details.length === 0) return null;
  const elements = details.map((one) => ({
    ...{ module: storable(one.module), path: storable(one.path), parent: storable(one.parent) },
    ...{ self_ms: checkedMs(one.selfMs, field), total_ms: checkedMs(one.totalMs, field) },
    ...{ version: storable(one.version), files: integerColumn(one.files), used: one.used },
  }));
  return JSON.stringify(elements);
}

/** Names are the function's own; JSONB takes neither NUL nor half a character. */
function storable(name: string): string {
  return name.replaceAll('\0', '\u{fffd}').toWellFormed();
}

function checkedMs(ms: number, field: string): number {
  if (Number.isFinite(ms) && ms >= 0) return ms;
  throw invalidFields([{ field, problem: 'has a duration that is none' }]);
}

/** One row for each function, with the newest of what its invocations told, in the order of their keys. */
export function functionRows(invocations: Iterable<InvocationRow>): FunctionRow[] {
  const rows = new Map<string, FunctionRow>();
  for (const invocation of invocations) {
    const key = functionKey(invocation);
    const row = ofOne(invocation);
    const known = rows.get(key);
    rows.set(key, known === undefined ? row : mergeFunctions(known, row));
  }
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

/** Tells functions apart; names have no NUL. */
export function functionKey({ project, function_name }: FunctionKey): string {
  return `${project}\0${function_name}`;
}

function ofOne(invocation: InvocationRow): FunctionRow {
  const { project, function_name, timestamp, memory_allocated_mb, region } = invocation;
  return {
    ...{ project, function_name, region, memory_allocated_mb },
    runtime: invocation.runtime_version,
    ...{ first_seen_at: timestamp, last_seen_at: timestamp },
    cold_starts_written: invocation.cold_start ? 1 : 0,
  };
}

/** The rule of the table's `on conflict`: at equal times the first stays. */
function mergeFunctions(a: FunctionRow, b: FunctionRow): FunctionRow {
  const [newer, older] = b.last_seen_at > a.last_seen_at ? [b, a] : [a, b];
  return {
    ...newer,
    runtime: newer.runtime ?? older.runtime,
    region: newer.region ?? older.region,
    memory_allocated_mb: newer.memory_allocated_mb ?? older.memory_allocated_mb,
    first_seen_at: a.first_seen_at < b.first_seen_at ? a.first_seen_at : b.first_seen_at,
    cold_starts_written: a.cold_starts_written + b.cold_starts_written,
  };
}
