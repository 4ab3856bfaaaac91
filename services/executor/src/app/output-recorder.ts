// Reads everything that a program writes, keeps what the result shows, and has the rest published.
// It never makes the program wait: what is not published yet is bounded by the output limit.
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { type CapturedOutput, limits, type OutputStreamName } from '@pilotlight/contracts';
import type { Cancel, Clock } from '@pilotlight/lifecycle';
import type { Program } from '@pilotlight/sandbox-runtime';
import { type Chunk, Coalescer, type OutputSource } from '../domain/coalescer.ts';
import { OutputBudget } from '../domain/output-budget.ts';
import type { StageWatch } from './stage-watch.ts';

export interface RecorderOptions {
  readonly clock: Clock;
  /** Called with each chunk, in order. */
  readonly emit: (chunk: Chunk) => void;
  /** Called once, when the program has written more than it may. */
  readonly onExceeded: () => void;
  /** Tells the stages of a staged job apart; without it everything is of the run. */
  readonly stages?: StageWatch | undefined;
}

export class OutputRecorder {
  /** Resolves when both streams have ended and all of it has been emitted. Never rejects. */
  readonly ended: Promise<void>;
  readonly #options: RecorderOptions;
  readonly #budget = new OutputBudget({
    totalBytes: limits.maxOutputBytes,
    inlineBytes: limits.maxInlineOutputBytes,
  });
  readonly #coalescer = new Coalescer();
  #cancelFlush: Cancel | undefined;
  #exceeded = false;
  #isClosed = false;

  constructor(options: RecorderOptions, program: Pick<Program, 'stdout' | 'stderr'>) {
    this.#options = options;
    const streams = [this.#read('stdout', program.stdout), this.#read('stderr', program.stderr)];
    this.ended = Promise.allSettled(streams).then(() => this.#flush());
  }

  get lastSequence(): number {
    return this.#coalescer.lastSequence;
  }

  captured(source: OutputSource): CapturedOutput {
    return this.#budget.captured(source);
  }

  /** What the program writes next goes out at once: it was sent something. */
  expectAnswer(): void {
    this.#coalescer.expectAnswer('run');
  }

  /** Emits what is still being gathered, and takes nothing more. Idempotent. */
  close(): void {
    this.#end('stdout');
    this.#end('stderr');
    this.#flush();
    this.#isClosed = true;
  }

  async #read(stream: OutputStreamName, readable: Readable): Promise<void> {
    const { stages } = this.#options;
    readable.on('data', (bytes: Uint8Array) => {
      if (stages === undefined) this.#take({ stage: 'run', stream }, bytes);
      else for (const piece of stages.take(stream, bytes)) this.#take(piece, piece.data);
    });
    try {
      await finished(readable, { writable: false });
    } finally {
      this.#end(stream);
    }
  }

  #end(stream: OutputStreamName): void {
    for (const piece of this.#options.stages?.end(stream) ?? []) this.#take(piece, piece.data);
  }

  #flush(): void {
    this.#emit(this.#coalescer.flush());
  }

  #take(source: OutputSource, bytes: Uint8Array): void {
    if (this.#isClosed) return;
    const { kept, exceeded } = this.#budget.accept(source, bytes);
    this.#emit(this.#coalescer.offer(source, kept, this.#options.clock.monotonicMs()));
    if (!exceeded || this.#exceeded) return;
    this.#exceeded = true;
    this.#options.onExceeded();
  }

  #emit(chunks: readonly Chunk[]): void {
    for (const chunk of chunks) this.#options.emit(chunk);
    const { dueAtMs } = this.#coalescer;
    if (dueAtMs === undefined) {
      this.#cancelFlush?.();
      this.#cancelFlush = undefined;
      return;
    }
    const { clock } = this.#options;
    this.#cancelFlush ??= clock.after(Math.max(0, dueAtMs - clock.monotonicMs()), () => {
      this.#cancelFlush = undefined;
      this.#flush();
    });
  }
}
