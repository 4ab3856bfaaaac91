// Calls on a sandbox that somebody holds: the id says which node to ask, the node decides.
import {
  addressOf,
  type ConnectPortRequest,
  type ConnectPortResponse,
  type ExecRequest,
  type ExecResponse,
  type InstallPackagesRequest,
  type InstallPackagesResponse,
  type LeaseRef,
  type ListFilesRequest,
  type ListFilesResponse,
  type ListSandboxesResponse,
  mayAccess,
  PlatformError,
  type ReadFileRequest,
  type ReadFileResponse,
  type ReleaseSandboxResponse,
  type Sandbox,
  type WriteFilesRequest,
  type WriteFilesResponse,
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

/** Calls that take a lease and answer with its sandbox. */
export type HeldCall =
  | 'getSandbox'
  | 'keepAlive'
  | 'pauseSandbox'
  | 'resumeSandbox'
  | 'hibernateSandbox';

/** Routes by sandbox id. Rejects `not_found` for what is of a node or incarnation that is gone. */
export class LeaseCalls {
  readonly #deps: LeaseCallsDeps;

  constructor(deps: LeaseCallsDeps) {
    this.#deps = deps;
  }

  async call(method: HeldCall, ref: LeaseRef, caller: Caller): Promise<Sandbox> {
    const node = await this.#nodeOf(ref.sandboxId, caller);
    return node[method](ref, caller);
  }

  /** A sandbox that is gone has been released already. */
  async release(ref: LeaseRef, caller: Caller): Promise<ReleaseSandboxResponse> {
    try {
      const node = await this.#nodeOf(ref.sandboxId, caller);
      await node.releaseSandbox({ sandboxId: ref.sandboxId, token: ref.token }, caller);
    } catch (thrown) {
      if (PlatformError.from(thrown).code !== 'not_found') throw thrown;
    }
    if (this.#mayHold(ref.sandboxId, caller)) this.#deps.ledger.remove(ref.sandboxId);
    return {};
  }

  /** Of every node that answers within 2 s, those that the caller may access. */
  async list(template: string, caller: Caller): Promise<ListSandboxesResponse> {
    await unlessAborted(this.#deps.inventory.ready, caller.signal);
    const nodes = this.#deps.inventory.all().filter((node) => node.liveness === 'alive');
    const scope = { ...caller, timeoutMs: listTimeoutMs };
    const lists = await Promise.allSettled(
      nodes.map(({ status }) => this.#deps.callNode(status).listSandboxes({ template }, scope)),
    );
    const answered = lists.flatMap((list) => (list.status === 'fulfilled' ? [list.value] : []));
    const all = answered.flatMap((list) => list.sandboxes);
    const { principal } = caller;
    return {
      sandboxes:
        principal === undefined ? all : all.filter(({ userId }) => mayAccess(principal, userId)),
    };
  }

  async installPackages(
    request: InstallPackagesRequest,
    caller: Caller,
  ): Promise<InstallPackagesResponse> {
    const node = await this.#nodeOf(request.lease?.sandboxId ?? '', caller);
    return node.installPackages(request, caller);
  }

  /** The first request must be `start`, whose lease says where it goes. */
  async *exec(requests: AsyncIterable<ExecRequest>, caller: Caller): AsyncIterable<ExecResponse> {
    const { first, all } = await opened(requests, caller.signal);
    if (first?.message?.$case !== 'start') throw firstMustBe('start');
    const node = await this.#nodeOf(first.message.start.lease?.sandboxId ?? '', caller);
    yield* node.exec(all, caller);
  }

  /** As `exec`. */
  async writeFiles(
    requests: AsyncIterable<WriteFilesRequest>,
    caller: Caller,
  ): Promise<WriteFilesResponse> {
    const { first, all } = await opened(requests, caller.signal);
    if (first?.message?.$case !== 'start') throw firstMustBe('start');
    const node = await this.#nodeOf(first.message.start.lease?.sandboxId ?? '', caller);
    return node.writeFiles(all, caller);
  }

  /** The first request must be `open`, whose lease says where it goes. */
  async *connectPort(
    requests: AsyncIterable<ConnectPortRequest>,
    caller: Caller,
  ): AsyncIterable<ConnectPortResponse> {
    const { first, all } = await opened(requests, caller.signal);
    if (first?.message?.$case !== 'open') throw firstMustBe('open');
    const node = await this.#nodeOf(first.message.open.lease?.sandboxId ?? '', caller);
    yield* node.connectPort(all, caller);
  }

  async *readFile(request: ReadFileRequest, caller: Caller): AsyncIterable<ReadFileResponse> {
    const node = await this.#nodeOf(request.lease?.sandboxId ?? '', caller);
    yield* node.readFile(request, caller);
  }

  async listFiles(request: ListFilesRequest, caller: Caller): Promise<ListFilesResponse> {
    const node = await this.#nodeOf(request.lease?.sandboxId ?? '', caller);
    return node.listFiles(request, caller);
  }

  /** Whether a lease still stands. Rejects where its node cannot be asked. */
  async isAlive(ref: LeaseRef, signal: AbortSignal): Promise<boolean> {
    try {
      const node = await this.#nodeOf(ref.sandboxId, { signal });
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

  /** A lease's token is no key: it is worth nothing to another project, where its user is known. */
  #mayHold(sandboxId: string, { principal }: Pick<Caller, 'principal'>): boolean {
    const holder = this.#deps.ledger.holderOf(sandboxId);
    return principal === undefined || holder === undefined || mayAccess(principal, holder);
  }

  async #nodeOf(
    sandboxId: string,
    caller: Pick<Caller, 'principal' | 'signal'>,
  ): Promise<NodeCalls> {
    await unlessAborted(this.#deps.inventory.ready, caller.signal);
    const address = addressOf(sandboxId);
    const known = address && this.#deps.inventory.get(address.node);
    const isThere = known?.status.incarnation === address?.incarnation;
    if (known === undefined || !isThere || !this.#mayHold(sandboxId, caller)) {
      throw new PlatformError('not_found', 'There is no such sandbox; it may have ended.');
    }
    return this.#deps.callNode(known.status);
  }
}

/** A stream whose first message says where it goes: that message, and all of them. */
async function opened<Request>(requests: AsyncIterable<Request>, signal: AbortSignal) {
  const source = requests[Symbol.asyncIterator]();
  const next = await unlessAborted(source.next(), signal);
  if (next.done === true) return { first: undefined, all: requests };
  return { first: next.value, all: resumed(next.value, source) };
}

function firstMustBe(what: string): PlatformError {
  return new PlatformError('invalid_argument', `The first message must be \`${what}\`.`);
}

async function* resumed<Request>(
  first: Request,
  rest: AsyncIterator<Request>,
): AsyncIterable<Request> {
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
