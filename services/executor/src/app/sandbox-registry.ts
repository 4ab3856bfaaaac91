// Every sandbox of this incarnation, and the only place where a sandbox changes its state.
import {
  PlatformError,
  type SandboxAddress,
  type SandboxEventType,
  type SandboxState,
  sandboxId,
  type Template,
} from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import { eventOfMove, isEnded, isHeld, mayMove } from '../domain/sandbox-state.ts';
import { nextMoment } from '../domain/timeline.ts';
import { momentOf } from './moment.ts';
import type { EventSink } from './ports.ts';
import { eventOf, type SandboxRecord } from './sandbox-record.ts';
import { templateRevision } from './template-revision.ts';

export interface RegistryOptions {
  readonly address: SandboxAddress;
  readonly clock: Clock;
  readonly events: EventSink;
  /** Said on every event. */
  readonly platformVersion: string;
}

/** Numbers of sandboxes that take a slot. */
export interface Census {
  readonly all: number;
  readonly held: number;
  readonly stopping: number;
}

export class SandboxRegistry {
  readonly address: SandboxAddress;
  readonly #clock: Clock;
  readonly #events: EventSink;
  readonly #platformVersion: string;
  /** The catalogue keeps a template the same object until it changes. */
  readonly #revisions = new WeakMap<Template, string>();
  readonly #records = new Map<string, SandboxRecord>();
  readonly #listeners: (() => void)[] = [];
  #serial = 0;
  #eventOrdinal = 0;

  constructor(options: RegistryOptions) {
    this.address = options.address;
    this.#clock = options.clock;
    this.#events = options.events;
    this.#platformVersion = options.platformVersion;
  }

  /** Called after every change, with nothing: look at the registry. Must be cheap. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Orders a sandbox: it exists from now on, in the state `requested`. */
  add(template: Template): SandboxRecord {
    this.#serial += 1;
    const moment = momentOf(this.#clock);
    const record: SandboxRecord = {
      id: sandboxId(this.address, this.#serial),
      template,
      templateRevision: this.#revisionOf(template),
      orderedAt: new Date(moment.wallMs),
      orderedAtMs: moment.monotonicMs,
      lastMoment: moment,
      state: 'requested',
    };
    this.#records.set(record.id, record);
    this.#tell(record, 'requested', record.orderedAt);
    return record;
  }

  /**
   * Changes a state and tells of it. `at` where the move happened earlier than now. An ended
   * sandbox is forgotten. Throws `failed_precondition` for a move that the table does not have.
   */
  move(record: SandboxRecord, to: SandboxState, at?: Date): void {
    const from = record.state;
    if (!mayMove(from, to)) {
      throw new PlatformError(
        'failed_precondition',
        `sandbox ${record.id} is ${from}: cannot be ${to}`,
      );
    }
    record.state = to;
    const when = at ?? this.timeOf(record);
    if (isEnded(to)) {
      record.stoppedAt = when;
      this.#records.delete(record.id);
    }
    this.#tell(record, eventOfMove(from, to), when);
  }

  /**
   * The time to tell of what happens to it now: at least `earliestMs` (since 1970), and never earlier than
   * what was told of it before.
   */
  timeOf(record: SandboxRecord, earliestMs = 0): Date {
    const next = nextMoment(record.lastMoment, momentOf(this.#clock));
    record.lastMoment = { ...next, wallMs: Math.max(earliestMs, next.wallMs) };
    return new Date(record.lastMoment.wallMs);
  }

  /** Tells of a change that leaves the state as it is: `health` and `detail` have been set. */
  tellHealth(record: SandboxRecord, type: 'healthy' | 'unhealthy'): void {
    this.#tell(record, type, this.timeOf(record));
  }

  get(id: string): SandboxRecord | undefined {
    return this.#records.get(id);
  }

  /** In the order in which they were ordered. */
  all(): readonly SandboxRecord[] {
    return [...this.#records.values()];
  }

  /** Sandboxes that a user has in use. Takes a step for each sandbox. */
  heldBy(user: string): number {
    let held = 0;
    for (const { holder, state } of this.#records.values()) {
      if (isHeld(state) && holder?.userId === user) held += 1;
    }
    return held;
  }

  census(): Census {
    let held = 0;
    let stopping = 0;
    for (const { state } of this.#records.values()) {
      if (isHeld(state)) held += 1;
      else if (state === 'stopping') stopping += 1;
    }
    return { all: this.#records.size, held, stopping };
  }

  #revisionOf(template: Template): string {
    const known = this.#revisions.get(template);
    if (known !== undefined) return known;
    const revision = templateRevision(template);
    this.#revisions.set(template, revision);
    return revision;
  }

  #tell(record: SandboxRecord, type: SandboxEventType | undefined, at: Date): void {
    if (type !== undefined) {
      this.#eventOrdinal += 1;
      const platformVersion = this.#platformVersion;
      const about = { type, at, ...this.address, platformVersion, ordinal: this.#eventOrdinal };
      this.#events.emit(type, eventOf(record, about));
    }
    for (const listener of this.#listeners) listener();
  }
}
