// Runs what a body asks for and says how it was answered: for one request, and for each of a batch.
import type { SubmitRequest, SubmitResponse } from '@pilotlight/contracts';
import type { CallOptions } from '@pilotlight/rpc';
import { type Static, Type } from 'typebox';
import { type CachedRunDeps, keepWhenEnded, placeFor, runOnce } from '../app/cached-run.ts';
import { completeOutput } from '../app/complete-output.ts';
import type { ResultPlace } from '../app/result-cache.ts';
import { type Run, type RunDeps, runToEnd } from '../app/run-to-end.ts';
import { type ExecuteBody, submitRequest } from './execute-body.ts';
import { cachedMark, type ResultJson, resultJson } from './result-json.ts';

/** Under the two minutes after which many proxies give up. */
export const longestWaitMs = 100_000;

export const acceptedSchema = Type.Object(
  {
    execution_id: Type.String(),
    status: Type.String({ description: 'queued, running, or how it ended.' }),
    websocket_url: Type.String({ description: 'For its output as it comes.' }),
    cached: cachedMark,
    estimated_wait_ms: Type.Number({
      description: 'Until it has a sandbox, as the queue is now; 0 where it does not wait.',
    }),
  },
  { title: 'Accepted' },
);

export type AcceptedJson = Static<typeof acceptedSchema>;

export type Answer =
  | { readonly status: 200; readonly body: ResultJson }
  | { readonly status: 202; readonly body: AcceptedJson };

export interface Wanted {
  readonly body: ExecuteBody;
  /** Empty for none. */
  readonly idempotencyKey: string;
  /** 0: it is answered as soon as it is accepted. */
  readonly waitMs: number;
}

/** What running needs, with the cache of results. */
export type RunCodeDeps = RunDeps & CachedRunDeps;

export async function runCode(
  deps: RunCodeDeps,
  wanted: Wanted,
  call: CallOptions,
): Promise<Answer> {
  const request = submitRequest(wanted.body, wanted.idempotencyKey);
  const { principal } = call;
  if (wanted.body.cache === true && principal !== undefined) {
    const place = await placeFor(deps, request, principal);
    if (place !== undefined) return runCached(deps, { ...wanted, request, place }, call);
  }
  if (wanted.waitMs === 0) {
    return { status: 202, body: accepted(await deps.executions.submit(request, call)) };
  }
  return answerOf(deps, await runToEnd(deps, request, call, wanted.waitMs), call);
}

async function runCached(
  deps: RunCodeDeps,
  {
    request,
    place,
    waitMs,
  }: Wanted & { readonly request: SubmitRequest; readonly place: ResultPlace },
  call: CallOptions,
): Promise<Answer> {
  if (waitMs === 0) {
    const found = deps.cache.find(place);
    if (found !== undefined) {
      const { executionId, status } = found;
      const known = { executionId, status, duplicate: false, estimatedWaitMs: 0 };
      return { status: 202, body: { ...accepted(known), cached: true } };
    }
    const submitted = await deps.executions.submit(request, call);
    keepWhenEnded(deps, place, submitted.executionId);
    return { status: 202, body: accepted(submitted) };
  }
  const once = await runOnce(deps, place, () => runToEnd(deps, request, call, waitMs));
  if (once.kind === 'ran') return answerOf(deps, once.run, call);
  // The caller's own mark; all else is of the execution whose result this is.
  const result = { ...once.result, correlationId: request.correlationId };
  return { status: 200, body: { ...resultJson(result), cached: true } };
}

async function answerOf(deps: RunDeps, run: Run, call: CallOptions): Promise<Answer> {
  if (run.kind === 'running') return { status: 202, body: accepted(run.submitted) };
  const output = await completeOutput(deps.executions, run.result, call);
  return { status: 200, body: resultJson(run.result, output) };
}

function accepted(submitted: SubmitResponse): AcceptedJson {
  const { executionId, status, estimatedWaitMs } = submitted;
  return {
    execution_id: executionId,
    status,
    websocket_url: `/ws/execution/${executionId}`,
    estimated_wait_ms: estimatedWaitMs,
  };
}
