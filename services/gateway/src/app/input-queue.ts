// What a client sends to a running program, one piece after the other: each goes when the one before it
// was written. What comes before the program runs waits for it.
import { type ExecutionInput, PlatformError } from '@pilotlight/contracts';
import { backoff, type Clock, pause } from '@pilotlight/lifecycle';

type Input = NonNullable<ExecutionInput['input']>;

/** As much as a request may bring as its standard input. */
const maxWaitingBytes = 1024 * 1024;
/** A piece costs this much beside its bytes. */
const pieceOverheadBytes = 1024;

export interface InputOptions {
  readonly clock: Clock;
  /** Rejects `failed_precondition`, to be tried again, where the program does not run yet. */
  readonly send: (input: Input) => Promise<unknown>;
  /** Called with each piece's failure, once; the pieces after it go on. */
  readonly onRefused: (error: PlatformError) => void;
  /** Ends everything. */
  readonly signal: AbortSignal;
}

export class InputQueue {
  readonly #options: InputOptions;
  readonly #waiting: Input[] = [];
  #waitingBytes = 0;
  #isStarted = false;
  #isSending = false;

  constructor(options: InputOptions) {
    this.#options = options;
  }

  /** False where too much waits already. */
  push(input: Input): boolean {
    if (this.#waitingBytes + sizeOf(input) > maxWaitingBytes) return false;
    this.#waitingBytes += sizeOf(input);
    this.#waiting.push(input);
    if (this.#isStarted) void this.#sendAll();
    return true;
  }

  /** Nothing is sent before. */
  start(): void {
    this.#isStarted = true;
    void this.#sendAll();
  }

  async #sendAll(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    for (;;) {
      const input = this.#waiting.shift();
      if (input === undefined || this.#options.signal.aborted) break;
      await this.#send(input);
      this.#waitingBytes -= sizeOf(input);
    }
    this.#isSending = false;
  }

  async #send(input: Input): Promise<void> {
    const { clock, onRefused, send, signal } = this.#options;
    const waits = backoff({ minMs: 25, maxMs: 500 });
    while (!signal.aborted) {
      try {
        await send(input);
        return;
      } catch (thrown) {
        const error = PlatformError.from(thrown);
        const isEarly = error.code === 'failed_precondition' && error.retry.kind === 'after';
        if (signal.aborted) return;
        if (!isEarly) {
          onRefused(error);
          return;
        }
        await pause(clock, waits.next(), signal);
      }
    }
  }
}

function sizeOf(input: Input): number {
  return pieceOverheadBytes + (input.$case === 'data' ? input.data.length : 0);
}
