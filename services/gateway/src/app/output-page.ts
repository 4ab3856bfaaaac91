// One page of what an execution has written so far.
import type { ExecutionEvent, OutputChunk } from '@pilotlight/contracts';
import { type Clock, pause } from '@pilotlight/lifecycle';
import type { Call, ExecutionCalls } from './execution-calls.ts';

const pageBytes = 256 * 1024;
/** The watch does not say when it has caught up: then nothing comes for so long. */
const quietMs = 100;
/** For the first of it to come. */
const firstMs = 1_000;

export interface OutputPage {
  /** 0 where nothing has run yet. */
  readonly attempt: number;
  readonly chunks: readonly OutputChunk[];
  /** First sequence number that is not in it. */
  readonly next: number;
  /** It has ended and this was the last of it. */
  readonly complete: boolean;
}

interface PageDeps {
  readonly executions: Pick<ExecutionCalls, 'watchOutput'>;
  readonly clock: Clock;
}

/** `from`: first sequence number wanted, at least 1. */
export async function outputPage(
  { executions, clock }: PageDeps,
  { executionId, from }: { readonly executionId: string; readonly from: number },
  call: Call,
): Promise<OutputPage> {
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, ...(call.signal ? [call.signal] : [])]);
  const request = { executionId, fromSequence: from };
  const events = executions.watchOutput(request, { ...call, signal })[Symbol.asyncIterator]();
  const page = new Page(from);
  try {
    for (let waitMs = firstMs; !page.isFull; waitMs = quietMs) {
      const next = events.next();
      const quiet = pause(clock, waitMs, over.signal).then(() => undefined);
      const told = await Promise.race([next, quiet]);
      if (told === undefined) {
        // Its end by the abort below is nobody's.
        next.catch(() => {});
        break;
      }
      if (told.done === true || page.take(told.value.event)) break;
    }
    return page.made();
  } finally {
    over.abort();
  }
}

/** Gathers until it is full or the result says that there is no more. */
class Page {
  #attempt = 0;
  #chunks: OutputChunk[] = [];
  #bytes = 0;
  #next: number;
  #complete = false;

  constructor(from: number) {
    this.#next = from;
  }

  get isFull(): boolean {
    return this.#bytes >= pageBytes;
  }

  /** Whether that was all. */
  take(event: ExecutionEvent['event']): boolean {
    switch (event?.$case) {
      case 'output':
        this.#attempt = event.output.attempt;
        this.#chunks.push(event.output);
        this.#bytes += event.output.data.length;
        this.#next = event.output.sequence + 1;
        return false;
      case 'restarted':
        this.#attempt = event.restarted;
        this.#chunks = [];
        this.#bytes = 0;
        this.#next = 1;
        return false;
      case 'result':
        this.#attempt = event.result.attempt;
        this.#complete = true;
        return true;
      default:
        return false;
    }
  }

  made(): OutputPage {
    const made = { attempt: this.#attempt, chunks: this.#chunks, next: this.#next };
    return { ...made, complete: this.#complete };
  }
}
