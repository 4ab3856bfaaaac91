// Follows the request log from its first message: what can be run goes into the fair queue, what
// never can goes to exec.dead. Nothing a publisher sends ends it.
//
// No message waits for a question to the bus. Whether an id has a result already is answered from
// memory: the ids in the result store are fetched once, when the term begins, and every result of
// the term is noted; only an id that is found there is looked up, so that a resubmission after the
// dedup window has the same result.
import { PlatformError, projectOf, type StreamName, wholeStream } from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import type { Bus, FollowedMessage } from '@pilotlight/messaging';
import { admitToQueue } from '../domain/admission.ts';
import { mayQueue, queueLimitReached } from '../domain/plan.ts';
import { type DeadRequest, type RunnableRequest, readRequest } from '../domain/read-request.ts';
import type { Capacity } from './capacity.ts';
import type { Catalogue } from './catalogue.ts';
import { type DeadLetters, queueDepth } from './dead-letters.ts';
import type { Dispatcher } from './dispatch.ts';
import type { Endings } from './endings.ts';
import type { Accepted, ExecutionBook } from './execution-book.ts';
import type { EntitlementsOf, Log } from './ports.ts';
import type { Running } from './run-attempt.ts';
import { UnsettledRequests } from './unsettled-requests.ts';
import { Change, pause, unlessAborted, within } from './waiting.ts';

const refollowAfterMs = 500;
/** How long to wait for a log that was not empty and yet says nothing: others emptied it. */
const catchUpMs = 2_000;

export interface IntakeDeps {
  readonly bus: Bus;
  readonly book: ExecutionBook;
  readonly catalogue: Catalogue;
  readonly capacity: Capacity;
  readonly entitlementsOf: EntitlementsOf;
  readonly queueDeadlineMs: number;
  readonly dispatcher: Dispatcher;
  readonly endings: Endings;
  readonly deadLetters: DeadLetters;
  readonly clock: Clock;
  readonly log: Log;
  readonly term: AbortSignal;
  /** Runs found under way when the term began; each is attached once. */
  readonly underWay: Map<string, Running>;
}

/** One leader's reader of one request stream. */
export class Intake {
  readonly #deps: IntakeDeps;
  readonly #stream: StreamName;
  readonly #caughtUp = Promise.withResolvers<void>();
  readonly #progress = new Change();
  readonly #unsettled: UnsettledRequests;
  #replaying = true;
  #read = 0;

  constructor(deps: IntakeDeps, stream: StreamName) {
    this.#deps = deps;
    this.#stream = stream;
    this.#unsettled = new UnsettledRequests(deps);
  }

  /** Resolves when everything that was in the log at the start is in the book. */
  get caughtUp(): Promise<void> {
    return this.#caughtUp.promise;
  }

  /** Resolves when the message with this sequence has been read. */
  async reached(sequence: number, signal: AbortSignal): Promise<void> {
    while (this.#read < sequence) await unlessAborted(this.#progress.next(), signal);
  }

  /** Runs until the term ends. Never rejects. */
  async run(): Promise<void> {
    const { bus, clock, log, term } = this.#deps;
    void this.#noticeEmptyLog();
    while (!term.aborted) {
      try {
        const from = { sequence: this.#read + 1 };
        for await (const message of bus.follow(this.#stream, wholeStream, from, term)) {
          this.#take(message);
        }
      } catch (thrown) {
        if (term.aborted) return;
        log.warn({ err: PlatformError.from(thrown), stream: this.#stream }, 'intake: broke off');
      }
      await pause(clock, refollowAfterMs, term);
    }
  }

  #take(message: FollowedMessage): void {
    this.#read = message.sequence;
    this.#judge(message);
    this.#progress.happened();
    if (message.pending === 0) this.#onCaughtUp();
  }

  #judge(message: FollowedMessage): void {
    const { capacity, catalogue, deadLetters, entitlementsOf } = this.#deps;
    try {
      const versionsOf = (template: string) => capacity.versionsOf(template);
      const known = { catalogue: catalogue.templates, entitlementsOf, versionsOf };
      const read = readRequest(message, known);
      const refuse = (dead: DeadRequest) => deadLetters.refuse(message, dead);
      switch (read.kind) {
        case 'dead':
          refuse(read);
          break;
        case 'unsettled': {
          const again = () => this.#judge(message);
          this.#unsettled.wait(message, again, () => refuse(read.dead));
          break;
        }
        case 'runnable':
          this.#sort(message, read.runnable);
          break;
      }
    } catch (thrown) {
      this.#onPoison(message, PlatformError.from(thrown));
    }
  }

  #sort(message: FollowedMessage, runnable: RunnableRequest): void {
    const { book, endings } = this.#deps;
    const known = book.get(runnable.id);
    if (known !== undefined) {
      const { stream, sequence } = known.accepted;
      const isSame = stream === message.stream && sequence === message.sequence;
      if (!isSame) endings.removeRequest(message);
    } else if (book.mayHaveEnded(runnable.id)) {
      this.#unlessEnded(message, runnable).catch((thrown: unknown) =>
        this.#onPoison(message, PlatformError.from(thrown)),
      );
    } else this.#accept(message, runnable);
  }

  /** Asked twice: the result stands, however long ago it was. */
  async #unlessEnded(message: FollowedMessage, runnable: RunnableRequest): Promise<void> {
    const { book } = this.#deps;
    const hasResult = await this.#hasResult(runnable.id);
    if (hasResult === undefined) return;
    const isDuplicate = hasResult || book.get(runnable.id) !== undefined;
    if (isDuplicate) this.#deps.endings.removeRequest(message);
    else this.#accept(message, runnable);
  }

  /** Asks until it is told; undefined when the term ends first. */
  async #hasResult(id: string): Promise<boolean | undefined> {
    const { clock, endings, log, term } = this.#deps;
    while (!term.aborted) {
      try {
        return (await endings.result(id)) !== undefined;
      } catch (thrown) {
        log.warn({ err: PlatformError.from(thrown) }, 'intake: the result store is away');
        await pause(clock, refollowAfterMs, term);
      }
    }
    return undefined;
  }

  #accept(message: FollowedMessage, runnable: RunnableRequest): void {
    const { book, dispatcher, underWay } = this.#deps;
    const accepted = this.#acceptedFrom(message, runnable);
    const running = underWay.get(accepted.id);
    const unavailable = this.#deps.capacity.unavailable(accepted.kind);
    if (running === undefined && unavailable !== undefined) {
      this.#deps.deadLetters.turnAway(accepted, unavailable.message);
      return;
    }
    const full = running === undefined && !accepted.replayed ? this.#noRoom(accepted) : undefined;
    if (full !== undefined) {
      this.#deps.deadLetters.turnAway(accepted, full);
      return;
    }
    const tracked = book.add(accepted, runnable.request);
    underWay.delete(accepted.id);
    if (running === undefined) dispatcher.enqueue(tracked);
    else dispatcher.attach(tracked, running);
  }

  /** Why it may not wait; undefined where it may. */
  #noRoom({ language, priority, template, user }: Accepted): string | undefined {
    const { book, dispatcher, entitlementsOf } = this.#deps;
    const project = projectOf(user);
    const mayWait = mayQueue(book.pendingOf(project), entitlementsOf(project));
    if (!mayWait) return `${queueLimitReached}.`;
    const depth = queueDepth(dispatcher.queue, priority, template);
    const admission = admitToQueue(language, depth, dispatcher.gapMs);
    return admission.kind === 'full' ? admission.message : undefined;
  }

  #acceptedFrom(message: FollowedMessage, runnable: RunnableRequest): Accepted {
    const { clock } = this.#deps;
    const { request, template, version } = runnable;
    const agoMs = this.#replaying ? clock.now().getTime() - message.storedAt.getTime() : 0;
    return {
      id: runnable.id,
      user: request.userId,
      priority: runnable.priority,
      language: template.language ?? template.name,
      template: template.name,
      kind: this.#deps.capacity.kindOf(template.name, version),
      stream: message.stream,
      sequence: message.sequence,
      subject: message.subject,
      settled: {
        userId: request.userId,
        timeout: request.timeout,
        memoryLimit: request.memoryLimit,
      },
      correlationId: request.correlationId,
      traceparent: request.traceparent,
      queuedAt: message.storedAt,
      queuedAtMs: clock.monotonicMs() - Math.max(0, agoMs),
      replayed: this.#replaying,
    };
  }

  /** What even the reader of bad requests did not expect. The next message is not to suffer. */
  #onPoison(message: FollowedMessage, error: PlatformError): void {
    const { deadLetters, log } = this.#deps;
    log.error({ err: error, sequence: message.sequence }, 'intake: a request cannot be read');
    const reason = `The request cannot be read: ${error.message}`;
    const nowhere = { id: undefined, priority: 'normal', language: 'unknown', user: '' } as const;
    deadLetters.refuse(message, { kind: 'dead', reason, ...nowhere });
  }

  async #noticeEmptyLog(): Promise<void> {
    const { bus, clock, log, term } = this.#deps;
    try {
      const counts = await bus.count(this.#stream, wholeStream);
      const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
      if (total > 0) await within(clock, catchUpMs, this.caughtUp);
    } catch (thrown) {
      log.warn({ err: PlatformError.from(thrown) }, 'intake: the log cannot be counted');
      await pause(clock, catchUpMs, term);
    }
    this.#onCaughtUp();
  }

  #onCaughtUp(): void {
    this.#replaying = false;
    this.#caughtUp.resolve();
  }
}
