// Sends what is queued to nodes as soon as there is room, and sees each attempt through. Driven by
// events alone: a request that came, a run that ended, a node that reported.
import {
  ExecutionRequest,
  type NodeStatus,
  PlatformError,
  toJsonBytes,
} from '@pilotlight/contracts';
import { afterSetback, firstAttempt, type Setback } from '../domain/attempts.ts';
import { type Eligible, FairQueue } from '../domain/fair-queue.ts';
import type { PlaceableNode } from '../domain/placement.ts';
import { ServicePace } from '../domain/service-pace.ts';
import { estimatedWaitMs } from '../domain/wait-estimate.ts';
import type { Capacity } from './capacity.ts';
import type { Endings } from './endings.ts';
import type { ExecutionBook, Tracked } from './execution-book.ts';
import type { Log, Observer } from './ports.ts';
import {
  type AttemptOutcome,
  isLost,
  type RunAttemptDeps,
  type Running,
  runAttempt,
} from './run-attempt.ts';

export interface DispatchDeps extends RunAttemptDeps {
  readonly book: ExecutionBook;
  readonly capacity: Capacity;
  readonly endings: Endings;
  readonly observer: Observer;
  readonly log: Log;
}

/** One leader's queue and the runs it has going. */
export class Dispatcher {
  readonly queue = new FairQueue<Tracked>();
  readonly #deps: DispatchDeps;
  readonly #running = new Set<Tracked>();
  readonly #pace = new ServicePace();
  #isSaturated = false;
  #nodesUnasked = false;

  constructor(deps: DispatchDeps) {
    this.#deps = deps;
    deps.capacity.onChange(() => {
      this.#leaveLostNodes();
      this.#pump();
    });
    const leave = () => {
      for (const { stream } of this.#running) stream.abort();
    };
    deps.term.addEventListener('abort', leave, { once: true });
  }

  get runningCount(): number {
    return this.#running.size;
  }

  /** Between two ends while there is no room for more, as measured. */
  get gapMs(): number {
    return this.#pace.gapMs(this.#deps.clock.monotonicMs());
  }

  /** Until it leaves the queue, if nobody else comes; 0 for what does not wait. */
  estimatedWaitMs({ id }: Tracked): number {
    const { capacity } = this.#deps;
    const standing = this.queue.standingOf(id);
    if (standing === undefined) return 0;
    return estimatedWaitMs(standing, {
      gapMs: this.#isSaturated ? this.gapMs : undefined,
      slotMs: this.#pace.slotMs,
      slotsOf: (user) => capacity.runsAllowed(user),
      runningOf: (user) => capacity.runsOf(user),
    });
  }

  /** Some node may be running what this leader does not know of: see `firstAttempt`. */
  noteNodesUnasked(): void {
    this.#nodesUnasked = true;
  }

  enqueue(tracked: Tracked): void {
    this.queue.enqueue(tracked);
    this.#pump();
  }

  /** Takes over a run that was found under way. */
  attach(tracked: Tracked, running: Running): void {
    const known = this.#deps.inventory.get(running.node);
    tracked.attempt = running.attempt;
    if (known === undefined) this.enqueue(tracked);
    else this.#start(tracked, known.status, running.attempt);
  }

  #pump(): void {
    const { capacity, clock, observer, term } = this.#deps;
    let lacksRoom = false;
    // Many users may be passed over; there is a handful of kinds.
    const nodes = new Map<string, PlaceableNode | undefined>();
    const nodeFor = (kind: string, user: string | undefined) => {
      const need = user === undefined ? 'run' : capacity.needOf(user);
      const key = `${need} ${kind}`;
      if (!nodes.has(key)) nodes.set(key, capacity.candidates(kind, need)[0]);
      return nodes.get(key);
    };
    const eligible: Eligible = {
      kind: (kind, user) => {
        const hasRoom = nodeFor(kind, user) !== undefined;
        lacksRoom ||= !hasRoom;
        return hasRoom;
      },
      user: (user) => {
        const admission = capacity.admit(user);
        lacksRoom ||= admission.kind === 'at_limit' && admission.limit === 'global';
        return admission.kind === 'admitted';
      },
    };
    while (this.queue.size > 0 && !term.aborted) {
      const tracked = this.queue.take(eligible);
      const node = tracked && nodeFor(tracked.kind, tracked.user);
      if (tracked === undefined || node === undefined) break;
      observer.dispatched(clock.monotonicMs() - tracked.accepted.queuedAtMs);
      this.#start(tracked, node.status, tracked.attempt);
      nodes.clear();
    }
    this.#isSaturated = lacksRoom && this.queue.size > 0;
    this.#pace.saturated(this.#isSaturated, clock.monotonicMs());
  }

  #start(tracked: Tracked, status: NodeStatus, attempt: number | undefined): void {
    const { node, incarnation, address } = status;
    this.#deps.capacity.startRun(node, tracked.user);
    this.#running.add(tracked);
    tracked.orderedAtMs = this.#deps.clock.monotonicMs();
    tracked.stream = new AbortController();
    tracked.standing = { kind: 'running', attempt: attempt ?? 0, node, incarnation };
    const work = this.#see(
      tracked,
      { kind: 'running', attempt: attempt ?? 0, node, incarnation },
      address,
    );
    work
      .catch((thrown: unknown) => this.#onFault(tracked, thrown))
      .finally(() => {
        this.#running.delete(tracked);
        this.#deps.capacity.endRun(node, tracked.user);
      });
  }

  async #see(tracked: Tracked, ordered: Running, address: string): Promise<void> {
    const attempt = tracked.attempt ?? (await this.#firstAttempt(tracked));
    tracked.attempt = attempt;
    const running = { ...ordered, attempt };
    if (!tracked.ended) tracked.standing = running;
    const body = tracked.body ?? (await this.#bodyOf(tracked));
    const mayHaveEnded = attempt > 1 || tracked.accepted.replayed;
    if (mayHaveEnded && (await this.#endedMeanwhile(tracked))) return;
    if (body === undefined || tracked.ended) return;
    const outcome = await runAttempt(this.#deps, { tracked, running, address, body });
    await this.#conclude(tracked, running, outcome);
  }

  async #conclude(tracked: Tracked, running: Running, outcome: AttemptOutcome): Promise<void> {
    switch (outcome.kind) {
      case 'abandoned':
        return;
      case 'finished': {
        const nowMs = this.#deps.clock.monotonicMs();
        this.#pace.ended(nowMs - tracked.orderedAtMs, nowMs);
        return this.#deps.endings.finished(tracked, outcome.status);
      }
      case 'setback':
        return this.#onSetback(tracked, running, outcome.setback);
    }
  }

  async #onSetback(tracked: Tracked, running: Running, setback: Setback): Promise<void> {
    const { capacity, log, observer } = this.#deps;
    observer.setback(setback.kind);
    if (setback.kind === 'refused') capacity.refusedBy(running.node);
    else log.warn({ execution: tracked.id, ...running, setback }, 'an attempt came to nothing');
    if (tracked.ended || tracked.cancelling) return;
    const next = afterSetback(running.attempt, setback);
    if (next.kind === 'give_up') return this.#giveUp(tracked, next.message);
    tracked.attempt = next.attempt;
    tracked.standing = { kind: 'queued' };
    tracked.startedAt = undefined;
    tracked.change.happened();
    this.queue.putBack(tracked);
  }

  async #giveUp(tracked: Tracked, message: string): Promise<void> {
    const body = tracked.body ?? (await this.#bodyOf(tracked));
    const payload = body === undefined ? new Uint8Array() : toJsonBytes(ExecutionRequest, body);
    const ending = { status: 'platform_error', message, retryable: true } as const;
    await this.#deps.endings.buryTracked(tracked, payload, message);
    await this.#deps.endings.endWith(tracked, ending);
  }

  /** The log is the only record; what is gone from it has ended, or somebody purged it. */
  async #bodyOf(tracked: Tracked): Promise<ExecutionRequest | undefined> {
    const { stream, sequence } = tracked.accepted;
    const body = await this.#deps.requests.body(stream, sequence);
    if (body === undefined && !(await this.#endedMeanwhile(tracked))) {
      const message = 'The request was removed from the log before it could be run.';
      await this.#deps.endings.endWith(tracked, {
        status: 'platform_error',
        message,
        retryable: true,
      });
    }
    return body && { ...body, ...tracked.accepted.settled };
  }

  async #endedMeanwhile(tracked: Tracked): Promise<boolean> {
    const result = await this.#deps.requests.result(tracked.id);
    if (result === undefined) return false;
    await this.#deps.endings.finished(tracked, result.status);
    return true;
  }

  async #firstAttempt(tracked: Tracked): Promise<number> {
    const last = await this.#deps.requests.lastOutput(tracked.id);
    const lastAttemptWithOutput = last?.chunk.attempt ?? 0;
    return firstAttempt({ lastAttemptWithOutput, nodesUnasked: this.#nodesUnasked });
  }

  /** The bus failed us before or after the attempt. Nothing is lost: it is still in the log. */
  #onFault(tracked: Tracked, thrown: unknown): void {
    const { clock, log, term } = this.#deps;
    if (term.aborted || tracked.ended) return;
    log.error({ err: PlatformError.from(thrown), execution: tracked.id }, 'a run is put back');
    tracked.standing = { kind: 'queued' };
    tracked.startedAt = undefined;
    clock.after(1_000, () => {
      if (!tracked.ended && !tracked.cancelling) this.enqueue(tracked);
    });
  }

  #leaveLostNodes(): void {
    for (const { standing, stream } of this.#running) {
      if (standing.kind === 'running' && isLost(this.#deps.inventory, standing)) stream.abort();
    }
  }
}
