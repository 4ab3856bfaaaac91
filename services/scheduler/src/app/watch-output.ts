// Watching one execution: statuses from the book, output from its stream, the result from its store.
// A slow watcher makes the bus wait, not memory grow: everything is pulled.
import {
  type ExecutionEvent,
  type ExecutionResult,
  fromJsonBytes,
  OutputChunk,
  PlatformError,
  subject,
} from '@pilotlight/contracts';
import type { Bus, FollowedMessage } from '@pilotlight/messaging';
import { OutputView } from '../domain/output-view.ts';
import type { ExecutionBook, Tracked } from './execution-book.ts';
import { merge } from './merge.ts';
import type { Caller } from './ports.ts';
import type { RequestLog } from './request-log.ts';

export interface WatchDeps {
  readonly bus: Bus;
  readonly book: ExecutionBook;
  readonly requests: RequestLog;
  readonly term: AbortSignal;
}

type Seen =
  | { readonly kind: 'status'; readonly status: string }
  | { readonly kind: 'output'; readonly message: FollowedMessage }
  | { readonly kind: 'result'; readonly result: ExecutionResult };

/** Works while it runs, afterwards, and across attempts. `from`: first sequence number wanted. */
export async function* watchOutput(
  deps: WatchDeps,
  executionId: string,
  from: number,
  caller: Caller,
): AsyncIterable<ExecutionEvent> {
  const over = new AbortController();
  const signal = AbortSignal.any([caller.signal, deps.term, over.signal]);
  const view = new OutputView(from);
  try {
    const sources = [life(deps, executionId), output(deps, executionId, signal)];
    let result: ExecutionResult | undefined;
    let shownTo = 0;
    let lastPlace = Number.POSITIVE_INFINITY;
    for await (const seen of merge<Seen>(sources, signal)) {
      if (seen.kind === 'status') yield { event: { $case: 'status', status: seen.status } };
      if (seen.kind === 'output') {
        shownTo = seen.message.sequence;
        yield* view.chunk(chunkOf(seen.message));
      }
      if (seen.kind === 'result') {
        result = seen.result;
        // Output is stored before the result, so what is last now stays last.
        lastPlace = (await deps.requests.lastOutput(executionId))?.sequence ?? 0;
      }
      if (result === undefined || shownTo < lastPlace) continue;
      const { events, replay } = view.result(result);
      yield* events;
      if (replay) yield* replayed(deps, view, { executionId, result, lastPlace, signal });
      return;
    }
    throw PlatformError.from(signal.reason);
  } finally {
    over.abort();
  }
}

/** Statuses, then the result. */
async function* life(deps: WatchDeps, executionId: string): AsyncGenerator<Seen> {
  const tracked: Tracked | undefined = deps.book.get(executionId);
  if (tracked !== undefined) {
    for await (const status of tracked.statuses()) yield { kind: 'status', status };
  }
  yield { kind: 'result', result: await deps.requests.knownResult(executionId) };
}

async function* output(
  deps: WatchDeps,
  executionId: string,
  signal: AbortSignal,
): AsyncGenerator<Seen> {
  const filter = subject('executionOutput', { id: executionId });
  for await (const message of deps.bus.follow('EXEC_OUTPUT', filter, 'first', signal)) {
    yield { kind: 'output', message };
  }
}

interface Replay {
  readonly executionId: string;
  readonly result: ExecutionResult;
  readonly lastPlace: number;
  readonly signal: AbortSignal;
}

/** The result is of an earlier attempt than was shown: all of its output, then the result again. */
async function* replayed(
  deps: WatchDeps,
  view: OutputView,
  replay: Replay,
): AsyncIterable<ExecutionEvent> {
  if (replay.lastPlace > 0) {
    const filter = subject('executionOutput', { id: replay.executionId });
    for await (const message of deps.bus.follow('EXEC_OUTPUT', filter, 'first', replay.signal)) {
      yield* view.chunk(chunkOf(message));
      if (message.sequence >= replay.lastPlace) break;
    }
  }
  yield* view.result(replay.result).events;
}

function chunkOf(message: FollowedMessage): OutputChunk {
  return fromJsonBytes(OutputChunk, message.data);
}
