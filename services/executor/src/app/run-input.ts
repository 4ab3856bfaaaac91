// What callers send to the program of an interactive run: input in the order in which it came, within
// bounds, and signals past it.
import type { Writable } from 'node:stream';
import { type ExecutionInput, invalidFields, limits, PlatformError } from '@pilotlight/contracts';
import type { JobProgram } from '@pilotlight/sandbox-runtime';
import { checkSignal } from '../domain/exec-start.ts';
import { unlessAborted } from './abortable.ts';

/** A program that does not read, and one that is not there yet, may do so soon. */
const soon = { kind: 'after', ms: 50 } as const;

interface Open {
  readonly program: JobProgram;
  readonly stdin: Writable;
  readonly onSent: () => void;
}

export class RunInput {
  readonly #first: Uint8Array;
  #open: Open | undefined;
  #hasEnded = false;
  #takenBytes: number;
  #closing: Promise<void> | undefined;

  /** `first` is what the program reads before anything that is sent. */
  constructor(first: Uint8Array) {
    this.#first = first;
    this.#takenBytes = first.length;
  }

  /** The program runs from now on. `onSent` is called with each piece that it is given. */
  open(program: JobProgram, onSent: () => void): void {
    const { stdin } = program;
    if (stdin === undefined) throw new PlatformError('internal', 'the job is not interactive');
    this.#open = { program, stdin, onSent };
    // Whoever writes hears of it, and an end without reading everything is no fault.
    stdin.on('error', () => undefined);
    if (this.#first.length > 0) stdin.write(this.#first);
    void program.exit.then(() => {
      this.#hasEnded = true;
    });
  }

  /**
   * Resolves when it is written: a program that does not read lets its callers wait. One that is left
   * by its caller stays in line. Rejects `failed_precondition` before the program runs, after its end,
   * and for data after the close; `resource_exhausted` for more than may wait, or than a run may get.
   */
  async send(input: ExecutionInput['input'], signal: AbortSignal): Promise<void> {
    switch (input?.$case) {
      case 'data':
        return this.#write(input.data, signal);
      case 'closed':
        return this.#close(signal);
      case 'signal': {
        const name = checkSignal(input.signal);
        const { program, onSent } = this.#running();
        onSent();
        return program.signal(name);
      }
      default:
        throw invalidFields([{ field: 'input', problem: 'needs data, closed or signal' }]);
    }
  }

  async #write(data: Uint8Array, signal: AbortSignal): Promise<void> {
    const { maxPendingInputBytes: mayWait, maxInputBytes: mayCome } = limits;
    if (data.length > mayWait) {
      throw invalidFields([{ field: 'data', problem: `must be at most ${mayWait} bytes` }]);
    }
    const open = this.#running();
    if (this.#closing !== undefined) {
      throw new PlatformError('failed_precondition', 'Its input has been closed.');
    }
    if (this.#takenBytes + data.length > mayCome) {
      const message = `It has been sent the ${mayCome} bytes of input that a run may get.`;
      throw new PlatformError('resource_exhausted', message, { retry: { kind: 'never' } });
    }
    if (open.stdin.writableLength + data.length > mayWait) {
      const message = `It does not read: ${open.stdin.writableLength} bytes wait for it.`;
      throw new PlatformError('resource_exhausted', message, { retry: soon });
    }
    this.#takenBytes += data.length;
    open.onSent();
    const written = settled((done) => void open.stdin.write(data, done));
    const ended = open.program.exit.then(() => Promise.reject(hasEnded()));
    await unlessAborted(Promise.race([written, ended]), signal);
  }

  async #close(signal: AbortSignal): Promise<void> {
    const { program, stdin } = this.#running();
    this.#closing ??= settled((done) => void stdin.end(done));
    await unlessAborted(Promise.race([this.#closing, program.exit]), signal);
  }

  #running(): Open {
    if (this.#hasEnded) throw hasEnded();
    if (this.#open !== undefined) return this.#open;
    throw new PlatformError('failed_precondition', 'It does not run yet.', { retry: soon });
  }
}

/** What every call meets after the end. */
export function hasEnded(): PlatformError {
  return new PlatformError('failed_precondition', 'It has ended.');
}

/** What a stream's callback says. */
function settled(act: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    act((error) => (error instanceof Error ? reject(PlatformError.from(error)) : resolve()));
  });
}
