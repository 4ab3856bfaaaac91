// SendInput: to the node where the execution runs. Nothing is kept here and nothing is sent twice: a
// call that breaks leaves open whether it was written, which only the program's answer tells.
import {
  type ExecutionInput,
  PlatformError,
  type Retry,
  type SendInputResponse,
} from '@pilotlight/contracts';
import type { Tracked } from './execution-book.ts';
import type { NodeInventory } from './node-inventory.ts';
import type { Caller, CallNode } from './ports.ts';

export interface SendInputDeps {
  readonly inventory: NodeInventory;
  readonly callNode: CallNode;
}

const soon: Retry = { kind: 'after', ms: 50 };

/** Rejects with `failed_precondition`, to be asked again, while it waits for a node. */
export async function sendInput(
  { inventory, callNode }: SendInputDeps,
  tracked: Tracked,
  input: ExecutionInput,
  { signal, deadline, traceparent }: Caller,
): Promise<SendInputResponse> {
  const { standing } = tracked;
  if (standing.kind !== 'running') {
    throw new PlatformError('failed_precondition', 'It does not run yet.', { retry: soon });
  }
  const known = inventory.get(standing.node);
  if (known?.status.incarnation !== standing.incarnation) {
    throw new PlatformError('unavailable', 'The node that it ran on is gone.', { retry: soon });
  }
  const scope = { signal, traceparent, ...(deadline !== undefined && { deadline }) };
  return callNode(known.status).sendRunInput(input, scope);
}

/** What input meets once there is a result. */
export function hasEnded(): PlatformError {
  return new PlatformError('failed_precondition', 'It has ended.');
}
