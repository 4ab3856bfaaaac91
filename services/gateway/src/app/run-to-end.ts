// Running code for a caller who waits for its end.
import {
  type ExecutionResult,
  isTerminal,
  type SubmitRequest,
  type SubmitResponse,
} from '@pilotlight/contracts';
import { type Clock, pause } from '@pilotlight/lifecycle';
import type { Call, ExecutionCalls } from './execution-calls.ts';
import type { ResultFeed } from './result-feed.ts';

/** The feed tells at once; this is for what it missed while the bus was away. */
const askEveryMs = 5_000;

export interface RunDeps {
  readonly executions: ExecutionCalls;
  readonly results: ResultFeed;
  readonly clock: Clock;
}

/** `running`: it has not ended within the time; it goes on. */
export type Run =
  | { readonly kind: 'ended'; readonly result: ExecutionResult }
  | { readonly kind: 'running'; readonly submitted: SubmitResponse };

/** The call's signal ends the waiting and not the execution. */
export async function runToEnd(
  deps: RunDeps,
  request: SubmitRequest,
  call: Call,
  withinMs: number,
): Promise<Run> {
  const submitted = await deps.executions.submit(request, call);
  const result = await endOf(deps, submitted, call, withinMs);
  return result === undefined ? { kind: 'running', submitted } : { kind: 'ended', result };
}

async function endOf(
  { executions, results, clock }: RunDeps,
  { executionId, status, duplicate }: SubmitResponse,
  call: Call,
  withinMs: number,
): Promise<ExecutionResult | undefined> {
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, ...(call.signal ? [call.signal] : [])]);
  const untilMs = clock.monotonicMs() + withinMs;
  const waiting = results.wait(executionId);
  // What was submitted before may have ended before.
  let nextMs = duplicate || isTerminal(status) ? 0 : askEveryMs;
  try {
    for (;;) {
      const leftMs = untilMs - clock.monotonicMs();
      const idle = pause(clock, Math.min(nextMs, leftMs), signal).then(() => undefined);
      const told = await Promise.race([waiting.result, idle]);
      if (told !== undefined) return told;
      signal.throwIfAborted();
      const { result } = await executions.getExecution({ executionId }, call);
      if (result !== undefined || clock.monotonicMs() >= untilMs) return result;
      nextMs = askEveryMs;
    }
  } finally {
    waiting.leave();
    // With a reason, because making the usual exception takes a tenth of a millisecond before the answer.
    over.abort('over');
  }
}
