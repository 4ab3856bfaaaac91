// One attempt on one node, from the order to the end of its stream, and what to make of a stream
// that breaks: the run may go on without it.
import { type ExecutionRequest, PlatformError, RunRequest } from '@pilotlight/contracts';
import { backoff, type Clock } from '@pilotlight/lifecycle';
import type { Setback, Standing } from '../domain/attempts.ts';
import type { Tracked } from './execution-book.ts';
import type { NodeInventory } from './node-inventory.ts';
import type { CallNode, NodeCalls } from './ports.ts';
import type { RequestLog } from './request-log.ts';
import { pause } from './waiting.ts';

const listTimeoutMs = 2_000;

export type Running = Extract<Standing, { kind: 'running' }>;

/** `abandoned`: its result came another way, or this leader's term is over. */
export type AttemptOutcome =
  | { readonly kind: 'finished'; readonly status: string }
  | { readonly kind: 'setback'; readonly setback: Setback }
  | { readonly kind: 'abandoned' };

export interface RunAttemptDeps {
  readonly inventory: NodeInventory;
  readonly callNode: CallNode;
  readonly requests: RequestLog;
  readonly clock: Clock;
  readonly epoch: number;
  readonly term: AbortSignal;
}

/** What is to be run where. */
export interface Attempt {
  readonly tracked: Tracked;
  readonly running: Running;
  readonly address: string;
  readonly body: ExecutionRequest;
}

/** Settles when the attempt has a result or will have none. Joins one that is under way. */
export async function runAttempt(deps: RunAttemptDeps, attempt: Attempt): Promise<AttemptOutcome> {
  const waits = backoff({ minMs: 50, maxMs: 1_000 });
  for (;;) {
    const outcome = await followOnce(deps, attempt);
    if (outcome.kind !== 'broken') return outcome;
    const settled = await afterBreak(deps, attempt, outcome.error);
    if (settled !== undefined) return settled;
    await pause(deps.clock, waits.next(), attempt.tracked.stream.signal);
  }
}

/** Whether a node, or the incarnation of it that ran something, is gone for good. */
export function isLost(inventory: NodeInventory, running: Running): boolean {
  const known = inventory.get(running.node);
  return known?.status.incarnation !== running.incarnation || known.liveness === 'dead';
}

type Followed = AttemptOutcome | { readonly kind: 'broken'; readonly error: PlatformError };

async function followOnce(deps: RunAttemptDeps, attempt: Attempt): Promise<Followed> {
  const { body, running, tracked } = attempt;
  const order = RunRequest.create({
    epoch: deps.epoch,
    attempt: running.attempt,
    template: tracked.accepted.template,
    request: body,
    receivedAt: tracked.accepted.queuedAt,
  });
  const { signal } = tracked.stream;
  const { traceparent } = tracked.accepted;
  try {
    for await (const { event } of nodeOf(deps, attempt).run(order, { signal, traceparent })) {
      if (event?.$case === 'finished') return { kind: 'finished', status: event.finished.status };
      if (event?.$case === 'started') {
        tracked.startedAt = deps.clock.now();
        tracked.change.happened();
      }
    }
  } catch (thrown) {
    return { kind: 'broken', error: PlatformError.from(thrown) };
  }
  const message = 'The stream of a run ended without a result.';
  return { kind: 'broken', error: new PlatformError('unavailable', message) };
}

/** Undefined: it may still be running there, or its node may come back; join it again. */
async function afterBreak(
  deps: RunAttemptDeps,
  attempt: Attempt,
  error: PlatformError,
): Promise<AttemptOutcome | undefined> {
  const { running, tracked } = attempt;
  if (deps.term.aborted || tracked.ended) return { kind: 'abandoned' };
  // The stream of a run that has no result is ended only for a node that was found dead.
  if (tracked.stream.signal.aborted || isLost(deps.inventory, running))
    return setback({ kind: 'lost' });
  switch (error.code) {
    case 'resource_exhausted':
    case 'failed_precondition':
      return setback({ kind: 'refused' });
    case 'unavailable':
    case 'cancelled':
    case 'deadline_exceeded':
      return askWhatIsLeft(deps, attempt);
    default:
      return setback({ kind: 'failed', problem: error.message });
  }
}

/** Tells a node that refused from a connection that broke, and waits for a node that is silent. */
async function askWhatIsLeft(
  deps: RunAttemptDeps,
  attempt: Attempt,
): Promise<AttemptOutcome | undefined> {
  const { running, tracked } = attempt;
  const { signal } = tracked.stream;
  try {
    const scope = { signal, timeoutMs: listTimeoutMs };
    const { incarnation, runs } = await nodeOf(deps, attempt).listRuns(
      { epoch: deps.epoch },
      scope,
    );
    if (incarnation !== running.incarnation) return setback({ kind: 'lost' });
    const isListed = runs.some((run) => {
      return run.executionId === tracked.id && run.attempt === running.attempt;
    });
    if (isListed) return undefined;
    // A run leaves the list after its result was stored.
    const result = await deps.requests.result(tracked.id);
    if (result !== undefined) return { kind: 'finished', status: result.status };
    return setback({ kind: tracked.startedAt ? 'lost' : 'refused' });
  } catch {
    // Neither the node nor the bus need answer now: whoever calls comes back after a pause, and
    // the watch over nodes decides when a silent one is dead.
    return undefined;
  }
}

function nodeOf(deps: RunAttemptDeps, { address, running }: Attempt): NodeCalls {
  return deps.callNode({ node: running.node, incarnation: running.incarnation, address });
}

function setback(what: Setback): AttemptOutcome {
  return { kind: 'setback', setback: what };
}
