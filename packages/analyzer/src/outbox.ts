// Records on their way to one endpoint. A cold start goes at once; warm invocations wait for each other,
// because each request would delay an answer: Lambda freezes the process between two calls.
import type { InvocationRecord } from './record.ts';
import type { SendOutcome } from './send.ts';

/** What the ingest API takes in one batch. */
const largestBatch = 100;
/** Beyond it the oldest are dropped: some hundred kilobytes. */
const mostWaiting = 1000;
const longestWaitMs = 30_000;
const firstPauseMs = 1000;
const longestPauseMs = 300_000;

export interface OutboxOptions {
  /** Settles within `timeoutMs` and never throws. */
  readonly post: (
    path: '/api/v1/ingest' | '/api/v1/ingest/batch',
    makeBody: () => string,
    timeoutMs: number,
  ) => Promise<SendOutcome>;
  readonly warn: (text: string) => void;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** For what is sent while no invocation ends. */
  readonly timeoutMs: number;
}

/** Members of a record that take milliseconds to make. */
type Slow = Pick<InvocationRecord, 'module_timings' | 'module_details'>;

interface Waiting {
  record: InvocationRecord;
  makeSlow: (() => Slow) | undefined;
  readonly sinceMs: number;
}

export interface Outbox {
  /** `makeSlow` is asked once, while the connection is made. */
  add(record: InvocationRecord, makeSlow?: () => Slow): void;
  /**
   * At the end of an invocation: sends one batch if it is time to. The promise settles within
   * `atMostMs`, without a failure; undefined: there is nothing to wait for.
   */
  sendIfDue(atMostMs: number): Promise<void> | undefined;
  /** At the end of the process: sends all that can be sent within `atMostMs`. */
  drain(atMostMs: number): Promise<void>;
  /** Records that wait. */
  size(): number;
}

export function createOutbox({ post, warn, now, timeoutMs }: OutboxOptions): Outbox {
  let waiting: Waiting[] = [];
  let sending: Promise<void> | undefined;
  let pausedUntilMs = 0;
  let failures = 0;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  const due = (): boolean => {
    const oldest = waiting[0];
    if (oldest === undefined || now() < pausedUntilMs) return false;
    return (
      waiting.length >= largestBatch ||
      now() - oldest.sinceMs >= longestWaitMs ||
      waiting.some(({ record }) => record.cold_start)
    );
  };

  /** For a process that is not called again: Lambda's own are frozen, and this one goes off with a later call. */
  const wake = (): void => {
    timer = undefined;
    void sendIfDue(timeoutMs);
    setTimer();
  };
  const setTimer = (): void => {
    if (waiting.length === 0 || timer !== undefined) return;
    timer = setTimeout(wake, longestWaitMs);
    timer.unref();
  };

  const settle = (batch: typeof waiting, outcome: SendOutcome): void => {
    switch (outcome.kind) {
      case 'accepted':
        failures = 0;
        if (outcome.refused > 0) warn(`the endpoint refused ${outcome.refused} invocations`);
        return;
      case 'refused':
        warn(
          `${outcome.reason}; ${outcome.forGood ? 'nothing more is reported' : 'not sent again'}`,
        );
        closed = outcome.forGood;
        if (closed) waiting = [];
        return;
      case 'later':
        warn(`could not report: ${outcome.reason}`);
        pausedUntilMs =
          now() + (outcome.afterMs ?? Math.min(firstPauseMs * 2 ** failures, longestPauseMs));
        failures += 1;
        waiting = [...batch, ...waiting].slice(-mostWaiting);
        setTimer();
    }
  };

  const sendBatch = async (atMostMs: number): Promise<void> => {
    const batch = waiting.splice(0, largestBatch);
    const [first, ...others] = batch;
    if (first === undefined) return;
    try {
      const outcome =
        others.length === 0
          ? await post('/api/v1/ingest', () => JSON.stringify(wholeOf(first)), atMostMs)
          : await post(
              '/api/v1/ingest/batch',
              () => JSON.stringify({ invocations: batch.map(wholeOf) }),
              atMostMs,
            );
      settle(batch, outcome);
    } catch {
      // Nobody waits for this promise alone: a fault in it would end the process.
    } finally {
      sending = undefined;
    }
  };

  const sendIfDue = (atMostMs: number): Promise<void> | undefined => {
    if (sending !== undefined) return within(sending, atMostMs);
    if (!due()) return undefined;
    sending = sendBatch(atMostMs);
    return sending;
  };

  return {
    add(record, makeSlow) {
      if (closed) return;
      waiting.push({ record, makeSlow, sinceMs: now() });
      if (waiting.length > mostWaiting) waiting.shift();
      setTimer();
    },
    sendIfDue,
    async drain(atMostMs) {
      const endMs = now() + atMostMs;
      if (sending !== undefined) await within(sending, atMostMs);
      while (waiting.length > 0 && now() >= pausedUntilMs && endMs - now() >= 1) {
        sending ??= sendBatch(endMs - now());
        await within(sending, endMs - now());
      }
    },
    size: () => waiting.length,
  };
}

function wholeOf(it: Waiting): InvocationRecord {
  const { makeSlow } = it;
  it.makeSlow = undefined;
  if (makeSlow !== undefined) it.record = { ...it.record, ...makeSlow() };
  return it.record;
}

/** Settles when the other does, and after `atMostMs` at the latest. */
function within(other: Promise<void>, atMostMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, atMostMs);
    void other.finally(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
