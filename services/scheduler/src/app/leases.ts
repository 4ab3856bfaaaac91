// Calls on a sandbox that somebody holds: the id says which node to ask, the node decides.
import {
  addressOf,
  type ExecRequest,
  type ExecResponse,
  type LeaseRef,
  type ListSandboxesResponse,
  PlatformError,
  type ReleaseSandboxResponse,
  type Sandbox,
} from '@pilotlight/contracts';
import type { LeaseLedger } from './lease-ledger.ts';
import type { NodeInventory } from './node-inventory.ts';
import type { Caller, CallNode, NodeCalls } from './ports.ts';
import { unlessAborted } from './waiting.ts';

const listTimeoutMs = 2_000;

export interface LeaseCallsDeps {
  readonly inventory: NodeInventory;
  readonly ledger: LeaseLedger;
  readonly callNode: CallNode;
}

type HeldCall = 'getSandbox' | 'keepAlive' | 'pauseSandbox' | 'resumeSandbox';

/** Routes by sandbox id. Rejects `not_found` for what is of a node or incarnation that is gone. */
export class LeaseCalls {
  readonly #deps: LeaseCallsDeps;

  constructor(deps: LeaseCallsDeps) {
    this.#deps = deps;
  }

  async call(method: HeldCall, ref: LeaseRef, caller: Caller): Promise<Sandbox> {
    const node = await this.#nodeOf(ref.sandboxId, caller.signal);
    return node[method](ref, caller);
  }

  /** A sandbox that is gone has been released already. */
  async release(ref: LeaseRef, caller: Caller): Promise<ReleaseSandboxResponse> {
    try {
      const node = await this.#nodeOf(ref.sandboxId, caller.signal);
      await node.releaseSandbox({ sandboxId: ref.sandboxId, token: ref.token }, caller);
    } catch (thrown) {
      if (PlatformError.from(thrown).code !== 'not_found') throw thrown;
    }
    this.#deps.ledger.remove(ref.sandboxId);
    return {};
  }

  /** Of every node that answers within 2 s. */
  async list(template: string, caller: Caller): Promise<ListSandboxesResponse> {
    await unlessAborted(this.#deps.inventory.ready, caller.signal);
    const nodes = this.#deps.inventory.all().filter((node) => node.liveness === 'alive');
    const scope = { ...caller, timeoutMs: listTimeoutMs };
    const lists = await Promise.allSettled(
      nodes.map(({ status }) => this.#deps.callNode(status).listSandboxes({ template }, scope)),
    );
    const answered = lists.flatMap((list) => (list.status === 'fulfilled' ? [list.value] : []));
    return { sandboxes: answered.flatMap((list) => list.sandboxes) };
  }

  /** The first request must be `start`, whose lease says where it goes. */
  async *exec(requests: AsyncIterable<ExecRequest>, caller: Caller): AsyncIterable<ExecResponse> {
    const source = requests[Symbol.asyncIterator]();
    const first = await unlessAborted(source.next(), caller.signal);
    const message = first.done === true ? undefined : first.value.message;
    if (message?.$case !== 'start') {
      throw new PlatformError('invalid_argument', 'The first message must be `start`.');
    }
    const node = await this.#nodeOf(message.start.lease?.sandboxId ?? '', caller.signal);
    yield* node.exec(resumed({ message }, source), caller);
  }

  /** Whether a lease still stands. Rejects where its node cannot be asked. */
  async isAlive(ref: LeaseRef, signal: AbortSignal): Promise<boolean> {
    try {
      const node = await this.#nodeOf(ref.sandboxId, signal);
      const { state } = await node.getSandbox(
        { sandboxId: ref.sandboxId, token: ref.token },
        { signal, timeoutMs: listTimeoutMs },
      );
      return state === 'leased' || state === 'paused';
    } catch (thrown) {
      const { code } = PlatformError.from(thrown);
      if (code === 'not_found' || code === 'permission_denied') return false;
      throw thrown;
    }
  }

  async #nodeOf(sandboxId: string, signal: AbortSignal): Promise<NodeCalls> {
    await unlessAborted(this.#deps.inventory.ready, signal);
    const address = addressOf(sandboxId);
    const known = address && this.#deps.inventory.get(address.node);
    if (address === undefined || known?.status.incarnation !== address.incarnation) {
      throw new PlatformError('not_found', 'There is no such sandbox; it may have ended.');
    }
    return this.#deps.callNode(known.status);
  }
}

async function* resumed(
  first: ExecRequest,
  rest: AsyncIterator<ExecRequest>,
): AsyncIterable<ExecRequest> {
  try {
    yield first;
    for (;;) {
      const next = await rest.next();
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await rest.return?.();
  }
}
