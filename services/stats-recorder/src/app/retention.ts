// Deletes what is older than the operator wants to keep, a little at a time.
import { type Clock, pause } from '@pilotlight/lifecycle';
import { type OutageLog, type RetainedTable, retainedTables } from './ports.ts';
import type { Recorder } from './recorder.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const everyMs = hourMs;
/** After a failure: soon, because the database may only have been started later than we were. */
const retryMs = 60_000;
/** Rows in one transaction: some 10 ms of work, which recording can wait for where it must. */
const batchSize = 1_000;
/** Between transactions, so that recording goes first. */
const restMs = 50;

export interface RetentionOptions {
  readonly recorder: Pick<Recorder, 'use'>;
  readonly clock: Clock;
  /** 0: all records are kept. */
  readonly days: number;
  /** The same of invocations, which go by whole months. */
  readonly invocationDays: number;
  readonly logger: OutageLog;
}

/** At once, then every hour, until it is told to end. Warns once for each run of failures; never rejects. */
export async function retain(options: RetentionOptions, ended: AbortSignal): Promise<void> {
  const { clock, logger } = options;
  let hasFailed = false;
  while (!ended.aborted) {
    try {
      await deleteOld(options, ended);
      await dropOldInvocations(options);
      hasFailed = false;
    } catch (thrown) {
      if (!hasFailed) logger.warn({ err: thrown }, 'old records could not be deleted');
      hasFailed = true;
    }
    await pause(clock, hasFailed ? retryMs : everyMs, ended);
  }
}

/** One round over all tables; resolves with the number of rows that went from each. */
export async function deleteOld(
  options: RetentionOptions,
  ended: AbortSignal,
): Promise<ReadonlyMap<RetainedTable, number>> {
  const { recorder, clock, days } = options;
  const deleted = new Map<RetainedTable, number>();
  if (days === 0) return deleted;
  const before = new Date(clock.now().getTime() - days * dayMs);
  for (const table of retainedTables) {
    let rows = batchSize;
    let total = 0;
    while (rows === batchSize && !ended.aborted) {
      rows = await recorder.use(undefined, (store) => store.deleteBefore(table, before, batchSize));
      total += rows;
      if (rows > 0) await pause(clock, restMs, ended);
    }
    if (total > 0) await recorder.use(undefined, (store) => store.reclaim(table));
    deleted.set(table, total);
  }
  return deleted;
}

async function dropOldInvocations({ recorder, clock, invocationDays }: RetentionOptions) {
  if (invocationDays === 0) return;
  const before = new Date(clock.now().getTime() - invocationDays * dayMs);
  await recorder.use(undefined, (store) => store.dropInvocations(before));
}
