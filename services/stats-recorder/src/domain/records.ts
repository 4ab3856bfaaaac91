// A batch of messages as the rows to write, one for each key.
import {
  ExecutionResult,
  fromJsonBytes,
  PlatformError,
  parseSubject,
  SandboxEvent,
} from '@pilotlight/contracts';
import { checkValues } from './columns.ts';
import {
  type ContainerStatsRow,
  containerStatsRow,
  mergeContainerStats,
} from './container-stats.ts';
import { type ExecutionRow, executionRow } from './execution-row.ts';
import { mergeWarmStock, type WarmStockRow, warmStockRow } from './warm-stock.ts';

/** A message as the bus hands it over. */
export interface SourceMessage {
  readonly stream: string;
  readonly sequence: number;
  readonly subject: string;
  readonly data: Uint8Array;
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

/** What one transaction writes. No two rows of a list have the same key. */
export interface Records {
  readonly containerStats: readonly ContainerStatsRow[];
  readonly warmStock: readonly WarmStockRow[];
  readonly executions: readonly ExecutionRow[];
  readonly deadLetters: readonly DeadLetterRow[];
}

/** Never throws: what cannot be read becomes a dead letter that says why. */
export function recordsOf(messages: readonly SourceMessage[]): Records {
  const containerStats = new Map<string, ContainerStatsRow>();
  const warmStock = new Map<string, WarmStockRow>();
  const executions = new Map<string, ExecutionRow>();
  const deadLetters: DeadLetterRow[] = [];
  for (const message of messages) {
    try {
      if (message.stream === 'EXEC_RESULTS') {
        const row = executionRow(decode(ExecutionResult, message));
        if (!executions.has(row.execution_id)) executions.set(row.execution_id, row);
        continue;
      }
      if (!isRecorded(message)) continue;
      const event = decode(SandboxEvent, message);
      if (event.requestId === '') {
        put(warmStock, event.sandboxId, warmStockRow(event), mergeWarmStock);
      } else {
        const row = containerStatsRow(event);
        put(containerStats, row.id, row, mergeContainerStats);
      }
    } catch (thrown) {
      deadLetters.push(deadLetter(message, PlatformError.from(thrown).message));
    }
  }
  return {
    containerStats: [...containerStats.values()],
    warmStock: [...warmStock.values()],
    executions: [...executions.values()],
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

/** The steps that are rows: a lease, and every kind of end. */
function isRecorded(message: SourceMessage): boolean {
  const type: string | undefined = parseSubject('sandboxEvent', message.subject)?.type;
  return type === 'leased' || type === 'stopped' || type === 'failed';
}

function decode<T extends object>(
  type: { fromJSON(value: unknown): T; toJSON(message: T): unknown },
  message: SourceMessage,
): T {
  const decoded = fromJsonBytes(type, message.data);
  checkValues(decoded);
  return decoded;
}

function put<T>(rows: Map<string, T>, key: string, row: T, merge: (a: T, b: T) => T): void {
  const known = rows.get(key);
  rows.set(key, known === undefined ? row : merge(known, row));
}
