// Every execution that this leader knows to have no result yet, and who ended lately.
import {
  type ExecutionRequest,
  limits,
  type Priority,
  projectOf,
  type StreamName,
  type Token,
} from '@pilotlight/contracts';
import type { Standing } from '../domain/attempts.ts';
import type { Queued } from '../domain/fair-queue.ts';
import { Tally } from '../domain/tally.ts';
import { Change } from './waiting.ts';

/** What the log says of an execution; never changes. */
export interface Accepted {
  readonly id: Token;
  readonly user: string;
  readonly priority: Priority;
  /** The template's own language, for metrics and bounds; aliases are resolved. */
  readonly language: string;
  readonly template: string;
  /** What is placed: see `placementKind`. */
  readonly kind: string;
  readonly stream: StreamName;
  readonly sequence: number;
  readonly subject: string;
  /** What the request in the log may leave open. */
  readonly settled: Pick<ExecutionRequest, 'userId' | 'timeout' | 'memoryLimit'>;
  readonly correlationId: string;
  readonly traceparent: string;
  readonly queuedAt: Date;
  /** On the monotonic clock. */
  readonly queuedAtMs: number;
  /** Found in the log at the start of this term: earlier leaders may have tried it. */
  readonly replayed: boolean;
}

/** One execution on its way to a result. */
export class Tracked implements Queued {
  readonly accepted: Accepted;
  /** Undefined where memory was short: read again from the log. */
  readonly body: ExecutionRequest | undefined;
  standing: Standing = { kind: 'queued' };
  /** Number of the current or next attempt; undefined where it is still to be found out. */
  attempt: number | undefined;
  /** When it was last ordered from a node, on the monotonic clock. */
  orderedAtMs = 0;
  /** When its program had a sandbox; undefined while it has none. */
  startedAt: Date | undefined;
  /** Somebody cancelled it: it must not be queued again. */
  cancelling = false;
  ended = false;
  /** Ends the stream of the current attempt, not the attempt. */
  stream = new AbortController();
  readonly change = new Change();

  constructor(accepted: Accepted, body: ExecutionRequest | undefined) {
    this.accepted = accepted;
    this.body = body;
    this.attempt = accepted.replayed ? undefined : 1;
  }

  get id(): Token {
    return this.accepted.id;
  }

  get user(): string {
    return this.accepted.user;
  }

  get priority(): Priority {
    return this.accepted.priority;
  }

  get kind(): string {
    return this.accepted.kind;
  }

  /** What is shown to people. */
  get status(): 'queued' | 'running' {
    return this.startedAt === undefined ? 'queued' : 'running';
  }

  /** `queued` and `running` as they come, from the current one on; ends when it has a result. */
  async *statuses(): AsyncGenerator<'queued' | 'running', undefined, undefined> {
    let shown: string | undefined;
    while (!this.ended) {
      const { status } = this;
      const changed = this.change.next();
      if (status !== shown) {
        shown = status;
        yield status;
      } else await changed;
    }
    return undefined;
  }
}

/** By id. Bodies are kept within a budget of bytes. */
export class ExecutionBook {
  readonly #tracked = new Map<string, Tracked>();
  readonly #pending = new Tally();
  readonly #held = new Tally();
  readonly #ended = new RecentIds();
  readonly #grown = new Change();
  readonly #bodyBudgetBytes: number;
  #bodyBytes = 0;

  constructor(bodyBudgetBytes: number) {
    this.#bodyBudgetBytes = bodyBudgetBytes;
  }

  get size(): number {
    return this.#tracked.size;
  }

  /** Executions of a project that have no result yet. */
  pendingOf(project: string): number {
    return this.#pending.of(project);
  }

  /** The same, with those that are on their way into the log. */
  pendingSoonOf(project: string): number {
    return this.#pending.of(project) + this.#held.of(project);
  }

  /** Holds a place for one that goes into the log. To be given back once, when it is in the book. */
  holdPlace(project: string): () => void {
    this.#held.add(project);
    return () => this.#held.remove(project);
  }

  get(id: string): Tracked | undefined {
    return this.#tracked.get(id);
  }

  all(): Iterable<Tracked> {
    return this.#tracked.values();
  }

  /** The id must not be there yet. */
  add(accepted: Accepted, request: ExecutionRequest): Tracked {
    const fits = this.#bodyBytes + bytesOf(request) <= this.#bodyBudgetBytes;
    const tracked = new Tracked(accepted, fits ? request : undefined);
    if (fits) this.#bodyBytes += bytesOf(request);
    this.#tracked.set(tracked.id, tracked);
    this.#pending.add(projectOf(tracked.user));
    this.#grown.happened();
    return tracked;
  }

  /** Resolves when an id is known, or some time after the signal has aborted. */
  async appearance(id: string, signal: AbortSignal): Promise<void> {
    const isUnknown = () => !this.#tracked.has(id) && !this.#ended.has(id);
    while (isUnknown() && !signal.aborted) await this.#grown.next();
  }

  /** It has a result now. Wakes who watches; ends the stream of a run that goes on. Idempotent. */
  end(tracked: Tracked): void {
    if (tracked.ended) return;
    tracked.ended = true;
    this.#tracked.delete(tracked.id);
    this.#pending.remove(projectOf(tracked.user));
    if (tracked.body !== undefined) this.#bodyBytes -= bytesOf(tracked.body);
    this.#ended.add(tracked.id);
    tracked.change.happened();
    tracked.stream.abort();
  }

  /** Remembers results that were stored without having been tracked here. */
  noteEnded(id: string): void {
    this.#ended.add(id);
  }

  /** False: it has no result. True: it had one, which may have expired since. */
  mayHaveEnded(id: string): boolean {
    return this.#ended.has(id);
  }

  /** To be called once in every lifetime of a result. */
  forgetOld(): void {
    this.#ended.turn();
  }
}

/** How often `forgetOld` is due. */
export const forgetEveryMs = limits.resultRetentionMs;

/** Two generations: an id is known for one to two turns. About 100 bytes each. */
class RecentIds {
  #young = new Set<string>();
  #old = new Set<string>();

  add(id: string): void {
    this.#young.add(id);
  }

  has(id: string): boolean {
    return this.#young.has(id) || this.#old.has(id);
  }

  turn(): void {
    this.#old = this.#young;
    this.#young = new Set();
  }
}

function bytesOf(request: ExecutionRequest): number {
  const files = request.files.reduce((sum, file) => sum + file.content.length, 0);
  return request.code.length + request.stdin.length + files + 1_024;
}
