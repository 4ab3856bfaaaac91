// Watching one execution: its standing, its output exactly once and in order, its result. What was there
// before is read from the stream beside the log, at the watcher's own pace; the rest comes from the log.
import {
  type Execution,
  ExecutionResult,
  fromJsonBytes,
  OutputChunk,
  subject,
} from '@pilotlight/contracts';
import type { Bus } from '@pilotlight/messaging';
import { attemptOf, standingOf, statusFrame } from '../domain/frames.ts';
import { OutputDecoder } from '../domain/output-decoder.ts';
import { Cursor } from './cursor.ts';
import type { OutputHub } from './output-hub.ts';
import type { OutputLog } from './output-log.ts';

export interface WatchRequest {
  readonly executionId: string;
  /** First sequence number wanted; 0 and 1 are the start. */
  readonly from: number;
  /** Who asks whether the watcher may see it; its refusal ends the watching. */
  readonly describe: () => Promise<Execution>;
  /** Ends the watching, without an error. */
  readonly signal: AbortSignal;
}

/** A text frame, or the result, which is the last. */
export type Watched = string | ExecutionResult;

/** Rejects what `describe` rejects, and `unavailable` while the bus is away. */
export async function* watchExecution(
  hub: OutputHub,
  bus: Bus,
  { executionId, from, describe, signal }: WatchRequest,
): AsyncGenerator<Watched> {
  // Before asking how it stands, so that no change after the answer is missed.
  const cursor = new Cursor(from);
  const log = await hub.open(executionId, cursor);
  const wake = () => log.wake();
  signal.addEventListener('abort', wake);
  try {
    const execution = await describe();
    const standing = standingOf(execution);
    yield statusFrame(standing);
    const result = execution.result ?? (await storedResult(bus, executionId));
    if (result !== undefined) log.finish(result);
    else if (log.standing === undefined || standing.status !== 'queued') log.stand(standing);
    yield* output({ bus, log, cursor, signal }, standing.status);
  } finally {
    signal.removeEventListener('abort', wake);
    hub.release(log, cursor);
  }
}

/** A result is stored before the scheduler hears of it, and may have been before the hub began to read. */
async function storedResult(bus: Bus, id: string): Promise<ExecutionResult | undefined> {
  const stored = await bus.readLast('EXEC_RESULTS', subject('executionResult', { id }));
  return stored && fromJsonBytes(ExecutionResult, stored.data);
}

interface Watching {
  readonly bus: Bus;
  readonly log: OutputLog;
  readonly cursor: Cursor;
  readonly signal: AbortSignal;
}

/** `status` was shown already. */
async function* output(watching: Watching, status: string): AsyncGenerator<Watched> {
  const { log, cursor, signal } = watching;
  let shown = status;
  let generation = -1;
  while (!signal.aborted) {
    if (log.generation !== generation) {
      generation = log.generation;
      yield* history(watching);
      continue;
    }
    if (log.standing !== undefined && log.standing.status !== shown) {
      shown = log.standing.status;
      yield statusFrame(log.standing);
    }
    const text = cursor.advance(log);
    if (text !== undefined) yield text;
    else if (log.ended && log.result !== undefined) {
      yield log.result;
      return;
    } else if (log.generation === generation) await log.changed;
  }
}

/** What the log does not hold (any more), from the stream. */
async function* history({ bus, log, cursor, signal }: Watching): AsyncGenerator<string> {
  if (log.holds(cursor)) return;
  const where = subject('executionOutput', { id: log.executionId });
  const newest = await bus.readLast('EXEC_OUTPUT', where);
  const isLive = log.beginsEmpty(newest?.sequence ?? 0);
  if (isLive && (newest === undefined || log.holds(cursor))) return;
  const decoder = new OutputDecoder(log.result && attemptOf(log.result));
  for await (const { data, sequence } of bus.follow('EXEC_OUTPUT', where, 'first', signal)) {
    for (const item of decoder.take(fromJsonBytes(OutputChunk, data))) {
      const text = cursor.show(item);
      if (text !== undefined) yield text;
    }
    if (log.joinedBy(decoder, sequence)) return;
  }
}
