// What a scheduler does while it leads, put together: everything here lives and dies with one term.
import { randomUUID } from 'node:crypto';
import { PlatformError } from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import type { Bus, KeyValue } from '@pilotlight/messaging';
import type { AdmissionLimits } from '../domain/admission.ts';
import { waitedTooLong } from '../domain/own-results.ts';
import { Acquire } from './acquire.ts';
import { AcquireKeys } from './acquire-keys.ts';
import { AcquireQueue } from './acquire-queue.ts';
import { Capacity } from './capacity.ts';
import type { Catalogue } from './catalogue.ts';
import { DeadLetters } from './dead-letters.ts';
import { Dispatcher } from './dispatch.ts';
import { Endings } from './endings.ts';
import { ExecutionBook, forgetEveryMs } from './execution-book.ts';
import { Executions } from './executions.ts';
import { Intake } from './intake.ts';
import { LeaseLedger } from './lease-ledger.ts';
import { deposed } from './lease-sandbox.ts';
import { LeaseCalls } from './leases.ts';
import type { NodeInventory } from './node-inventory.ts';
import { NodeWatch } from './node-watch.ts';
import type { CallNode, EntitlementsOf, Log, Observer } from './ports.ts';
import { recover } from './recovery.ts';
import { RequestLog } from './request-log.ts';
import { every } from './waiting.ts';

const watchEveryMs = 1_000;
const sweepEveryMs = 5_000;

/** What outlives a term. */
export interface SchedulerParts {
  readonly bus: Bus;
  readonly keys: KeyValue;
  readonly inventory: NodeInventory;
  readonly catalogue: Catalogue;
  readonly callNode: CallNode;
  readonly clock: Clock;
  readonly log: Log;
  readonly observer: Observer;
  readonly bounds: AdmissionLimits;
  readonly entitlementsOf: EntitlementsOf;
  /** How long an execution may wait in the queue. */
  readonly queueDeadlineMs: number;
  /** Of request bodies kept in memory; the rest is read again from the log. */
  readonly bodyBudgetBytes: number;
}

/** The use cases of a leader, ready to be called. */
export interface LeaderTerm {
  readonly acquire: Acquire;
  readonly leases: LeaseCalls;
  readonly executions: Executions;
  readonly dispatcher: Dispatcher;
  readonly catalogue: Catalogue;
}

/**
 * Begins a term: learns what the nodes hold, then reads the log. Resolves when calls can be
 * answered; all of it ends when `leading` aborts. Rejects only when the term ends meanwhile.
 */
export async function beginTerm(
  parts: SchedulerParts,
  epoch: number,
  leading: AbortSignal,
): Promise<LeaderTerm> {
  const term = endingAs(deposed(), leading);
  const { inventory } = parts;
  const capacity = new Capacity(parts);
  term.addEventListener('abort', () => capacity.close(), { once: true });
  const requests = new RequestLog({ ...parts, term });
  const book = new ExecutionBook(parts.bodyBudgetBytes);
  const shared = { ...parts, capacity, requests, book, epoch, term };
  const endings = new Endings(shared);
  const dispatcher = new Dispatcher({ ...shared, endings });
  const ledger = new LeaseLedger(shared);
  await inventory.ready;
  const [recovered] = await Promise.all([recover(shared), ledger.reconcile('all', term)]);
  if (recovered.nodesUnasked) dispatcher.noteNodesUnasked();
  const deadLetters = new DeadLetters(shared);
  const { underWay } = recovered;
  const intakeDeps = { ...shared, endings, dispatcher, deadLetters, underWay };
  const intakes = {
    EXEC_PRIORITY: new Intake(intakeDeps, 'EXEC_PRIORITY'),
    EXEC_STANDARD: new Intake(intakeDeps, 'EXEC_STANDARD'),
  };
  void readLog(parts, Object.values(intakes), term);
  const leases = new LeaseCalls({ ...parts, ledger });
  const queue = new AcquireQueue(capacity, parts.clock);
  const keys = new AcquireKeys(parts.keys, randomUUID);
  const acquire = new Acquire({ ...shared, queue, ledger, leases, keys });
  const executions = new Executions({ ...shared, keys: parts.keys, dispatcher, endings, intakes });
  keepWatch(shared, { dispatcher, endings, book, ledger, capacity }, term);
  return { acquire, leases, executions, dispatcher, catalogue: parts.catalogue };
}

/** A signal with a reason that callers can be told. */
function endingAs(reason: PlatformError, signal: AbortSignal): AbortSignal {
  const own = new AbortController();
  if (signal.aborted) own.abort(reason);
  else signal.addEventListener('abort', () => own.abort(reason), { once: true });
  return own.signal;
}

/** A request cannot be judged before the templates are known. */
async function readLog(
  parts: SchedulerParts,
  intakes: readonly Intake[],
  term: AbortSignal,
): Promise<void> {
  await parts.catalogue.ready;
  if (!term.aborted) await Promise.all(intakes.map((intake) => intake.run()));
}

interface Watched {
  readonly dispatcher: Dispatcher;
  readonly endings: Endings;
  readonly book: ExecutionBook;
  readonly ledger: LeaseLedger;
  readonly capacity: Capacity;
}

type KeepWatchDeps = SchedulerParts & { readonly epoch: number };

function keepWatch(parts: KeepWatchDeps, watched: Watched, term: AbortSignal): void {
  const { clock, inventory, callNode, log, epoch } = parts;
  const nodeWatch = new NodeWatch({ inventory, callNode, log, epoch, term });
  every(clock, watchEveryMs, term, () => nodeWatch.look());
  every(clock, forgetEveryMs, term, () => watched.book.forgetOld());
  every(clock, sweepEveryMs, term, () => {
    void watched.ledger.reconcile('with_entries', term);
    rejectOverdue(parts, watched, term);
  });
}

/** Ends what has waited longer than it may, and what no node can run. */
function rejectOverdue(
  { clock, log, queueDeadlineMs }: SchedulerParts,
  { book, capacity, dispatcher, endings }: Watched,
  term: AbortSignal,
): void {
  for (const tracked of book.all()) {
    if (!dispatcher.queue.has(tracked.id)) continue;
    const waitedMs = clock.monotonicMs() - tracked.accepted.queuedAtMs;
    const unavailable = capacity.unavailable(tracked.kind);
    if (waitedMs < queueDeadlineMs && unavailable === undefined) continue;
    dispatcher.queue.remove(tracked.id);
    const ending = waitedTooLong(waitedMs, capacity.problemWith(tracked.kind));
    endings.endWith(tracked, ending).catch((thrown: unknown) => {
      if (!term.aborted) log.error({ err: PlatformError.from(thrown) }, 'a late request stays');
    });
  }
}
