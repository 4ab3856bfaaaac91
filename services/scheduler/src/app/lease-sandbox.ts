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

/** A node whose time to wait is over has so long to say what was missing. */
const answerGraceMs = 500;

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
  /** What is asked of nodes: see `placementKind`. */
  readonly kind: string;
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
 * Rejects `resource_exhausted` when there was no room within `waitMs`, `unavailable` when no node can
 * make such a sandbox or every one has failed to, the last node's error when every node that was asked
 * failed rather than refused, and the signal's reason when it aborts.
 */
export async function leaseSandbox(deps: LeaseSandboxDeps, wanted: WantedLease): Promise<Lease> {
  const { capacity, clock, ledger, queue } = deps;
  const { request, signal, kind } = wanted;
  const waiter = new Waiter(wanted.requestId, request.userId, kind);
  for (;;) {
    const first = await queue.admit(waiter, leftMs(deps, wanted), signal);
    let answer: Leased | Refused | undefined;
    try {
      answer = await askNodes(deps, wanted, waiter, first);
    } finally {
      if (answer?.kind !== 'leased') capacity.endLease(request.userId);
    }
    if (answer.kind === 'leased') {
      ledger.add(answer.lease.sandboxId, request.userId);
      return { ...answer.lease, acquisitionMs: clock.monotonicMs() - wanted.receivedAtMs };
    }
    // It waited at the node, which knows better than we what was missing.
    if (leftMs(deps, wanted) <= 0 && answer.error !== undefined) throw answer.error;
  }
}

/** Of the time that it may wait. */
function leftMs({ clock }: LeaseSandboxDeps, wanted: WantedLease): number {
  return wanted.receivedAtMs + wanted.waitMs - clock.monotonicMs();
}

/** Throws where a node failed and none leased. The first is counted as asked already. */
async function askNodes(
  deps: LeaseSandboxDeps,
  wanted: WantedLease,
  { mark }: Waiter,
  first: string,
): Promise<Leased | Refused> {
  let answer = await askNode(deps, wanted, first);
  for (const { status } of deps.capacity.candidates(wanted.kind, 'lease', mark)) {
    if (answer.kind === 'leased') break;
    if (status.node === first) continue;
    deps.capacity.asked(status.node);
    const next = await askNode(deps, wanted, status.node);
    if (next.kind !== 'refused') answer = next;
  }
  if (answer.kind === 'failed') throw answer.error;
  return answer;
}

interface Leased {
  readonly kind: 'leased';
  readonly lease: Lease;
}

/** Full, draining, or unable to start one: another node may have room. */
interface Refused {
  readonly kind: 'refused';
  readonly error?: PlatformError;
}

type Answer =
  | Leased
  | Refused
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
    if (!isFull)
      return { kind: 'failed', error: lateFor(capacity.problemWith(wanted.kind), error) };
    capacity.refusedBy(node);
    return { kind: 'refused', error };
  } finally {
    capacity.answered(node);
  }
}

function order(deps: LeaseSandboxDeps, node: NodeStatus, wanted: WantedLease): Promise<Lease> {
  const { receivedAt, request, requestId, signal, template, traceparent } = wanted;
  const waitMs = Math.max(1, leftMs(deps, wanted));
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
    env: request.env,
    files: request.files,
    network: request.network,
    waitMs,
  };
  const scope = { signal, traceparent, timeoutMs: waitMs + answerGraceMs };
  return deps.callNode(node).leaseSandbox(order, scope);
}

/** The wait is over while a node is at it: says what for, where that is known. */
function lateFor(problem: string, cause: PlatformError): PlatformError {
  if (problem === '' || cause.code !== 'deadline_exceeded') return cause;
  return new PlatformError('resource_exhausted', `${problem} Waited for it in vain.`, { cause });
}

/** What a caller is told when a node has seen a newer leader than this one. */
export function deposed(cause?: unknown): PlatformError {
  const message = 'Another scheduler has taken over. Ask again.';
  return new PlatformError('unavailable', message, { cause });
}
