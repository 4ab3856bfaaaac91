// What is sent to the program of an interactive run while it runs.
import type { ExecutionInput, ExecutionServiceDefinition } from '@pilotlight/contracts';
import type { Client } from '@pilotlight/rpc';
import { bytes, type Content } from './request.ts';

/**
 * A piece of standard input (at most 1 MiB), its end, or a signal such as `SIGINT` to the program's
 * process group.
 */
export type RunInput =
  | { readonly data: Content }
  | { readonly closed: true }
  | { readonly signal: NodeJS.Signals };

export interface SendInputOptions {
  /** Aborting stops waiting; what was sent may reach the program all the same. */
  readonly signal?: AbortSignal;
}

/** Resolves when it is written: wait for that before sending more, and the order is kept. */
export async function sendInput(
  rpc: Client<ExecutionServiceDefinition>,
  executionId: string,
  input: RunInput,
  options: SendInputOptions = {},
): Promise<void> {
  await rpc.sendInput({ executionId, input: messageOf(input) }, options);
}

function messageOf(input: RunInput): ExecutionInput['input'] {
  if ('data' in input) return { $case: 'data', data: bytes(input.data) };
  if ('signal' in input) return { $case: 'signal', signal: input.signal };
  return { $case: 'closed', closed: true };
}
