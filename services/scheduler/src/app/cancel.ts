// CancelExecution: out of the queue, or killed on its node; a node that does not answer delays it by
// two seconds at most, because the scheduler can write `cancelled` itself.
import type { Execution } from '@pilotlight/contracts';
import { PlatformError } from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import { endedView } from '../domain/execution-view.ts';
import { cancelledEnding } from '../domain/own-results.ts';
import type { Dispatcher } from './dispatch.ts';
import type { Endings } from './endings.ts';
import type { Tracked } from './execution-book.ts';
import type { NodeInventory } from './node-inventory.ts';
import type { CallNode, Log } from './ports.ts';
import type { Running } from './run-attempt.ts';
import { within } from './waiting.ts';

const nodeMayTakeMs = 2_000;

export interface CancelDeps {
  readonly dispatcher: Dispatcher;
  readonly endings: Endings;
  readonly inventory: NodeInventory;
  readonly callNode: CallNode;
  readonly clock: Clock;
  readonly log: Log;
  readonly epoch: number;
}

/** Answers with the result that counts, whoever wrote it. Idempotent. */
export async function cancelTracked(deps: CancelDeps, tracked: Tracked): Promise<Execution> {
  const { standing } = tracked;
  tracked.cancelling = true;
  if (standing.kind === 'queued') deps.dispatcher.queue.remove(tracked.id);
  else await killOnNode(deps, tracked, standing);
  if (!tracked.ended) await deps.endings.endWith(tracked, cancelledEnding);
  // An order that overtook the kill is killed once more, now that nothing it writes counts.
  if (standing.kind === 'running') void orderKill(deps, tracked, standing);
  const result = await deps.endings.result(tracked.id);
  if (result === undefined) throw new PlatformError('internal', 'The stored result is missing.');
  return endedView(tracked.id, result);
}

/** Resolves when the run has ended there, or when waiting for it makes no more sense. */
async function killOnNode(deps: CancelDeps, tracked: Tracked, running: Running): Promise<void> {
  const kill = orderKill(deps, tracked, running).then(async (found) => {
    while (found && !tracked.ended) await tracked.change.next();
  });
  await within(deps.clock, nodeMayTakeMs, kill);
}

/** False where the node knew of no such run, or did not answer. */
async function orderKill(deps: CancelDeps, tracked: Tracked, running: Running): Promise<boolean> {
  const known = deps.inventory.get(running.node);
  if (known === undefined) return false;
  const order = { epoch: deps.epoch, executionId: tracked.id, attempt: running.attempt };
  try {
    const scope = { timeoutMs: nodeMayTakeMs, traceparent: tracked.accepted.traceparent };
    return (await deps.callNode(known.status).cancelRun(order, scope)).found;
  } catch (thrown) {
    const error = PlatformError.from(thrown);
    deps.log.warn(
      { err: error, node: running.node, execution: tracked.id },
      'a kill went unanswered',
    );
    return false;
  }
}
