// A batch of messages as the rows to write, one for each key.
import {
  ExecutionResult,
  PlatformError,
  parseJsonObject,
  parseSubject,
  SandboxEvent,
  sandboxEventTypes,
} from '@pilotlight/contracts';
import { checkValues } from './columns.ts';
import {
  type ContainerStatsRow,
  containerStatsRow,
  mergeContainerStats,
} from './container-stats.ts';
import { type ExecutionRow, executionRow } from './execution-row.ts';
import {
  type FunctionRow,
  functionRows,
  type InvocationRow,
  invocationRows,
} from './invocation-rows.ts';
import { mergeKnown } from './start-columns.ts';
import { unknownFields } from './unknown-fields.ts';
import { type WarmStockRow, warmStockRow } from './warm-stock.ts';

/** A message as the bus hands it over. */
export interface SourceMessage {
  readonly stream: string;
  readonly sequence: number;
  readonly subject: string;
  readonly data: Uint8Array;
}

/** An event of a type that this version does not know. Named as the columns of other_events. */
export interface OtherEventRow {
  readonly stream: string;
  readonly sequence: number;
  readonly subject: string;
  readonly type: string;
  /** The whole message, JSON as it came. */
  readonly event: string;
}

/** A message that cannot be recorded. Named as the columns of dead_letters. */
export interface DeadLetterRow {
  readonly stream: string;
  readonly sequence: number;
  readonly subject: string;
  /** In PostgreSQL's hexadecimal form. */
  readonly payload: string;
  readonly reason: string;
}

/**
 * What one transaction writes. No two rows of a list have the same key, and those that others may
 * write too are in the order of their keys, so that two transactions never wait for each other.
 */
export interface Records {
  readonly containerStats: readonly ContainerStatsRow[];
  readonly warmStock: readonly WarmStockRow[];
  readonly executions: readonly ExecutionRow[];
  readonly functions: readonly FunctionRow[];
  readonly invocations: readonly InvocationRow[];
  readonly otherEvents: readonly OtherEventRow[];
  readonly deadLetters: readonly DeadLetterRow[];
}

/** Never throws: what cannot be read becomes a dead letter that says why. */
export function recordsOf(messages: readonly SourceMessage[]): Records {
  const gathered: Gathered = {
    containerStats: new Map(),
    warmStock: new Map(),
    executions: new Map(),
    invocations: new Map(),
    otherEvents: [],
  };
  const deadLetters: DeadLetterRow[] = [];
  for (const message of messages) {
    try {
      if (message.stream === 'EXEC_RESULTS') gatherResult(gathered, message);
      else if (message.stream === 'TELEMETRY') gatherReport(gathered, message);
      else gatherEvent(gathered, message);
    } catch (thrown) {
      deadLetters.push(deadLetter(message, PlatformError.from(thrown).message));
    }
  }
  return {
    containerStats: byKey(gathered.containerStats),
    warmStock: byKey(gathered.warmStock),
    executions: byKey(gathered.executions),
    functions: functionRows(gathered.invocations.values()),
    invocations: byKey(gathered.invocations),
    otherEvents: gathered.otherEvents,
    deadLetters,
  };
}

export function deadLetter(message: SourceMessage, reason: string): DeadLetterRow {
  return {
    stream: message.stream,
    sequence: message.sequence,
    subject: message.subject,
    payload: `\\x${Buffer.from(message.data).toString('hex')}`,
    reason: reason.replaceAll('\0', ''),
  };
}

interface Gathered {
  readonly containerStats: Map<string, ContainerStatsRow>;
  readonly warmStock: Map<string, WarmStockRow>;
  readonly executions: Map<string, ExecutionRow>;
  readonly invocations: Map<string, InvocationRow>;
  readonly otherEvents: OtherEventRow[];
}

function gatherResult({ executions }: Gathered, message: SourceMessage): void {
  const result = ExecutionResult.fromJSON(parseJsonObject(message.data));
  checkValues(result);
  const row = executionRow(result, textOf(message));
  if (!executions.has(row.execution_id)) executions.set(row.execution_id, row);
}

/** All of its invocations, or none. */
function gatherReport({ invocations }: Gathered, { subject, data }: SourceMessage): void {
  const rows = invocationRows(subject, data);
  for (const row of rows) if (!invocations.has(row.id)) invocations.set(row.id, row);
}

const knownTypes: ReadonlySet<string> = new Set(sandboxEventTypes);

function gatherEvent(gathered: Gathered, message: SourceMessage): void {
  const type: string = parseSubject('sandboxEvent', message.subject)?.type ?? '';
  if (!knownTypes.has(type)) {
    const { stream, sequence, subject } = message;
    parseJsonObject(message.data);
    gathered.otherEvents.push({ stream, sequence, subject, type, event: textOf(message) });
    return;
  }
  if (!isRow(type)) return;
  const json = parseJsonObject(message.data);
  const event = SandboxEvent.fromJSON(json);
  checkValues(event);
  const unknown = unknownFields(json);
  const extra = unknown === undefined ? {} : { extra: { [type]: unknown } };
  if (event.requestId === '') {
    put(gathered.warmStock, event.sandboxId, { ...warmStockRow(event), ...extra }, mergeKnown);
  } else {
    const row = { ...containerStatsRow(event), ...extra };
    put(gathered.containerStats, row.id, row, mergeContainerStats);
  }
}

/** The steps that are rows: a lease, and every kind of end. */
function isRow(type: string): boolean {
  return type === 'leased' || type === 'stopped' || type === 'failed';
}

function textOf({ data }: SourceMessage): string {
  return new TextDecoder().decode(data);
}

function put<T>(rows: Map<string, T>, key: string, row: T, merge: (a: T, b: T) => T): void {
  const known = rows.get(key);
  rows.set(key, known === undefined ? row : merge(known, row));
}

function byKey<T>(rows: ReadonlyMap<string, T>): T[] {
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}
