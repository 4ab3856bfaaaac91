// Runs with `cache: true`: what an equal earlier run came to, or else a run of its own that is kept.
import {
  type ExecutionResult,
  fromSubmitRequest,
  type Principal,
  type SubmitRequest,
} from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import type { CachedRun, ResultCache, ResultPlace } from './result-cache.ts';
import type { ResultFeed } from './result-feed.ts';
import type { Run } from './run-to-end.ts';

/** Longer than any execution and its queue usually take; what ends later is not kept. */
const keptWithinMs = 120_000;

export interface CachedRunDeps {
  readonly cache: ResultCache;
  readonly results: Pick<ResultFeed, 'wait'>;
  readonly clock: Clock;
}

/** Undefined where the request is no good, which who runs it will say, or its result belongs nowhere. */
export async function placeFor(
  { cache, clock }: CachedRunDeps,
  request: SubmitRequest,
  principal: Principal,
): Promise<ResultPlace | undefined> {
  const given = { id: 'cached', now: clock.now(), traceparent: '' };
  const parsed = fromSubmitRequest(request, given);
  return parsed.ok ? cache.placeOf(principal, parsed.value) : undefined;
}

/** Waits for the end, as `run` does. */
export async function runOnce(
  deps: CachedRunDeps,
  place: ResultPlace,
  run: () => Promise<Run>,
): Promise<CachedRun<Run>> {
  const once = await deps.cache.once(place, run, resultOf);
  if (once.kind === 'ran' && once.run.kind === 'running') {
    keepWhenEnded(deps, place, once.run.submitted.executionId);
  }
  return once;
}

/** For who does not wait: its result is kept when it comes. */
export function keepWhenEnded(
  { cache, results, clock }: CachedRunDeps,
  place: ResultPlace,
  executionId: string,
): void {
  const waiting = results.wait(executionId);
  const cancel = clock.after(keptWithinMs, () => waiting.leave());
  void waiting.result.then((result) => {
    cancel();
    waiting.leave();
    cache.keep(place, result);
  });
}

function resultOf(run: Run): ExecutionResult | undefined {
  return run.kind === 'ended' ? run.result : undefined;
}
