// The output of every execution that is watched in this gateway. One reader each follows all output, all
// results and all leases, however many watch: a reader for each execution would cost more memory than its
// watchers, and a consumer on the bus.
import {
  ExecutionResult,
  fromJsonBytes,
  OutputChunk,
  PlatformError,
  parseSubject,
  SandboxEvent,
  type StreamName,
  type SubjectFilter,
  subject,
  subjectFilter,
} from '@pilotlight/contracts';
import { type Cancel, type Clock, pause } from '@pilotlight/lifecycle';
import type { Bus, FollowedMessage } from '@pilotlight/messaging';
import type { Cursor } from './cursor.ts';
import { OutputLog } from './output-log.ts';

export interface HubOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: { warn(fields: object, message: string): void };
  /** Bytes of frames kept of one execution: how far behind a watcher may fall without missing any. */
  readonly maxBytesEach: number;
  /** Of all executions together. */
  readonly maxBytes: number;
}

/** How long the readers stay when nobody watches: people watch one run after the other. */
const lingerMs = 60_000;
const retryMs = 500;
/** How often at most all logs are searched for what nobody needs. */
const sweepEveryMs = 1_000;

interface Source {
  readonly stream: StreamName;
  readonly filter: SubjectFilter;
  readonly take: (message: FollowedMessage) => void;
}

export class OutputHub {
  readonly #options: HubOptions;
  readonly #logs = new Map<string, OutputLog>();
  readonly #closed = new AbortController();
  #readers: { readonly started: Promise<void>; readonly stop: AbortController } | undefined;
  #cancelStop: Cancel | undefined;
  #keptBytes = 0;
  #sweptAtMs = 0;

  constructor(options: HubOptions) {
    this.#options = options;
  }

  /** Bytes of frames that are kept. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  get watchers(): number {
    let count = 0;
    for (const { readers } of this.#logs.values()) count += readers.size;
    return count;
  }

  /** From now on the cursor misses nothing. Rejects `unavailable` while the bus is away. */
  async open(executionId: string, cursor: Cursor): Promise<OutputLog> {
    this.#cancelStop?.();
    this.#readers ??= this.#start();
    const readers = this.#readers;
    try {
      await readers.started;
    } catch (thrown) {
      if (this.#readers === readers) this.#readers = undefined;
      throw thrown;
    }
    const log = this.#logs.get(executionId) ?? this.#newLog(executionId);
    log.readers.add(cursor);
    return log;
  }

  release(log: OutputLog, cursor: Cursor): void {
    log.readers.delete(cursor);
    if (log.readers.size > 0) return;
    this.#logs.delete(log.executionId);
    log.close();
    if (this.#logs.size > 0) return;
    this.#cancelStop?.();
    this.#cancelStop = this.#options.clock.after(lingerMs, () => this.#stop());
  }

  close(): void {
    this.#closed.abort();
    this.#cancelStop?.();
    this.#stop();
  }

  #newLog(executionId: string): OutputLog {
    const log = new OutputLog(executionId, {
      maxBytes: this.#options.maxBytesEach,
      onKept: (bytes) => {
        this.#keptBytes += bytes;
      },
      askLastPlace: (asking) => void this.#findLastPlace(asking),
    });
    this.#logs.set(executionId, log);
    return log;
  }

  #stop(): void {
    if (this.#logs.size > 0 && !this.#closed.signal.aborted) return;
    this.#readers?.stop.abort();
    this.#readers = undefined;
  }

  #start() {
    const stop = new AbortController();
    const sources: readonly Source[] = [
      {
        ...{ stream: 'EXEC_OUTPUT', filter: subjectFilter('executionOutput') },
        take: (message) => this.#takeOutput(message),
      },
      {
        ...{ stream: 'EXEC_RESULTS', filter: subjectFilter('executionResult') },
        take: (message) => this.#takeResult(message),
      },
      {
        ...{ stream: 'SANDBOX_EVENTS', filter: subjectFilter('sandboxEvent', { type: 'leased' }) },
        take: (message) => this.#takeLease(message),
      },
    ];
    const begin = async (source: Source) => {
      const from = (await this.#options.bus.published(source.stream)) + 1;
      return () => void this.#follow(source, from, stop.signal);
    };
    const started = Promise.all(sources.map(begin)).then((begun) => {
      for (const follow of begun) follow();
    });
    return { started, stop };
  }

  /** A reader that breaks goes on where it stopped. */
  async #follow(
    { stream, filter, take }: Source,
    from: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { bus, clock, log } = this.#options;
    let sequence = from;
    while (!signal.aborted) {
      try {
        for await (const message of bus.follow(stream, filter, { sequence }, signal)) {
          sequence = message.sequence + 1;
          take(message);
        }
      } catch (thrown) {
        if (!signal.aborted) log.warn({ err: PlatformError.from(thrown), stream }, 'reader broke');
      }
      await pause(clock, retryMs, signal);
    }
  }

  #takeOutput({ subject: where, data, sequence }: FollowedMessage): void {
    const log = this.#logOf(parseSubject('executionOutput', where)?.id);
    if (log === undefined) return;
    log.take(sequence, () => fromJsonBytes(OutputChunk, data));
    if (this.#keptBytes > this.#options.maxBytes) this.#relieve(log);
  }

  #takeResult({ subject: where, data }: FollowedMessage): void {
    const log = this.#logOf(parseSubject('executionResult', where)?.id);
    log?.finish(fromJsonBytes(ExecutionResult, data));
  }

  /** A sandbox was leased to an execution: it runs. */
  #takeLease({ data }: FollowedMessage): void {
    if (this.#logs.size === 0) return;
    const event = fromJsonBytes(SandboxEvent, data);
    const log = this.#logOf(event.executionId);
    const { availableAt: startedAt, requestReceivedAt } = event;
    const queuedAt = log?.standing?.queuedAt ?? requestReceivedAt;
    log?.stand({ status: 'running', queuedAt, startedAt, estimatedWaitMs: 0 });
  }

  #logOf(executionId: string | undefined): OutputLog | undefined {
    return executionId === undefined ? undefined : this.#logs.get(executionId);
  }

  /** First goes what nobody needs; then the watchers of the execution that writes miss something. */
  #relieve(writing: OutputLog): void {
    const { clock, maxBytes } = this.#options;
    if (clock.monotonicMs() - this.#sweptAtMs > sweepEveryMs) {
      this.#sweptAtMs = clock.monotonicMs();
      for (const log of this.#logs.values()) log.trimPassed();
    }
    while (this.#keptBytes > maxBytes && writing.dropOldest());
  }

  /** Output is stored before the result, so what is last now stays last. */
  async #findLastPlace(log: OutputLog): Promise<void> {
    const { bus, clock } = this.#options;
    const where = subject('executionOutput', { id: log.executionId });
    while (this.#logs.get(log.executionId) === log && !this.#closed.signal.aborted) {
      try {
        log.lastPlaceIs((await bus.readLast('EXEC_OUTPUT', where))?.sequence ?? 0);
        return;
      } catch {
        await pause(clock, retryMs, this.#closed.signal);
      }
    }
  }
}
