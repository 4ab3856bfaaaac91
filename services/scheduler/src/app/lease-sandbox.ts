// Gets a lease for one caller: waits for its turn, then asks the nodes that might have room, one
// after another. Nothing is written on this path; the node that leases is the only record.
import {
  type AcquireSandboxRequest,
  type Lease,
  type NodeStatus,
  PlatformError,
} from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import { type AcquireQueue, Waiter } from './acquire-queue.ts';
import type { Capacity } from './capacity.ts';
import type { LeaseLedger } from './lease-ledger.ts';
import type { NodeInventory } from './node-inventory.ts';
import type { CallNode } from './ports.ts';

export interface LeaseSandboxDeps {
  readonly capacity: Capacity;
  readonly queue: AcquireQueue;
  readonly inventory: NodeInventory;
  readonly ledger: LeaseLedger;
  readonly callNode: CallNode;
  readonly clock: Clock;
  readonly epoch: number;
}

/** One acquire whose request has been found valid. */
export interface WantedLease {
  readonly request: AcquireSandboxRequest;
  /** The template's own name. */
  readonly template: string;
  /** UUID; asking a node twice with it gives the same lease. */
  readonly requestId: string;
  readonly receivedAt: Date;
  /** On the monotonic clock. */
  readonly receivedAtMs: number;
  /** From `receivedAtMs` on. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
  readonly traceparent: string;
}

/**
 * Rejects `resource_exhausted` when there was no room within `waitMs`, the last node's error when
 * every node that was asked failed rather than refused, and the signal's reason when it aborts.
 */
export async function leaseSandbox(deps: LeaseSandboxDeps, wanted: WantedLease): Promise<Lease> {
  const { capacity, clock, ledger, queue } = deps;
  const { request, signal, template } = wanted;
  const waiter = new Waiter(wanted.requestId, request.userId, template);
  for (;;) {
    const waitMs = wanted.receivedAtMs + wanted.waitMs - clock.monotonicMs();
    const first = await queue.admit(waiter, waitMs, signal);
    let lease: Lease | undefined;
    try {
      lease = await askNodes(deps, wanted, first);
    } finally {
      if (lease === undefined) capacity.endLease(request.userId);
    }
    if (lease === undefined) continue;
    ledger.add(lease.sandboxId, request.userId);
    return { ...lease, acquisitionMs: clock.monotonicMs() - wanted.receivedAtMs };
  }
}

/** Undefined where every node refused. The first is counted as asked already. */
async function askNodes(
  deps: LeaseSandboxDeps,
  wanted: WantedLease,
  first: string,
): Promise<Lease | undefined> {
  let answer = await askNode(deps, wanted, first);
  for (const { status } of deps.capacity.candidates(wanted.template, 'lease')) {
    if (answer.kind === 'leased') break;
    if (status.node === first) continue;
    deps.capacity.asked(status.node);
    const next = await askNode(deps, wanted, status.node);
    if (next.kind !== 'refused') answer = next;
  }
  if (answer.kind === 'failed') throw answer.error;
  return answer.kind === 'leased' ? answer.lease : undefined;
}

type Answer =
  | { readonly kind: 'leased'; readonly lease: Lease }
  /** Full or draining: another node may have room. */
  | { readonly kind: 'refused' }
  /** It could not do it, which the caller is told if nobody else can. */
  | { readonly kind: 'failed'; readonly error: PlatformError };

/** Throws where no other node should be asked. */
async function askNode(deps: LeaseSandboxDeps, wanted: WantedLease, node: string): Promise<Answer> {
  const { capacity, inventory } = deps;
  try {
    const known = inventory.get(node);
    if (known === undefined) return { kind: 'refused' };
    return { kind: 'leased', lease: await order(deps, known.status, wanted) };
  } catch (thrown) {
    const error = PlatformError.from(thrown);
    if (wanted.signal.aborted) throw error;
    if (error.code === 'failed_precondition') throw deposed(error);
    const isFull = error.code === 'resource_exhausted' || error.code === 'unavailable';
    if (!isFull) return { kind: 'failed', error };
    capacity.refusedBy(node);
    return { kind: 'refused' };
  } finally {
    capacity.answered(node);
  }
}

function order(deps: LeaseSandboxDeps, node: NodeStatus, wanted: WantedLease): Promise<Lease> {
  const { receivedAt, request, requestId, signal, template, traceparent } = wanted;
  const leftMs = wanted.receivedAtMs + wanted.waitMs - deps.clock.monotonicMs();
  const order = {
    epoch: deps.epoch,
    template,
    userId: request.userId,
    s3Bucket: request.s3Bucket,
    requestId,
    limits: request.limits,
    ttlSeconds: request.ttlSeconds,
    idleTimeoutSeconds: request.idleTimeoutSeconds,
    receivedAt,
    traceparent,
  };
  const scope = { signal, traceparent, timeoutMs: Math.max(1, leftMs) };
  return deps.callNode(node).leaseSandbox(order, scope);
}

/** What a caller is told when a node has seen a newer leader than this one. */
export function deposed(cause?: unknown): PlatformError {
  const message = 'Another scheduler has taken over. Ask again.';
  return new PlatformError('unavailable', message, { cause });
}
