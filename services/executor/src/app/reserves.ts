// Fresh sandboxes for users who gave theirs back, of templates with `reuse: reset`. Each is one user's
// alone: taken by that user first, and by nobody else ever. They are no stock: nobody refills them.
import { PlatformError, type Template } from '@pilotlight/contracts';
import type { Cancel, Clock } from '@pilotlight/lifecycle';
import { watchDeadline } from './deadline.ts';
import type { Disposal } from './disposal.ts';
import type { Log } from './ports.ts';
import type { SandboxRecord } from './sandbox-record.ts';
import type { SandboxRegistry } from './sandbox-registry.ts';

export interface ReservesOptions {
  readonly registry: SandboxRegistry;
  readonly disposal: Disposal;
  readonly clock: Clock;
  readonly log: Log;
  /** Takes an ordered sandbox to ready; on failure it has cleaned up. */
  readonly create: (record: SandboxRecord, signal: AbortSignal) => Promise<void>;
  /** Has a creation begin when the node has nothing better to do. */
  readonly whenSpare: (create: () => Promise<void>) => void;
  /** Whether there is room that nobody waits for. */
  readonly hasRoom: () => boolean;
}

export interface Reservation {
  readonly template: Template;
  readonly userId: string;
  /** How long it waits for its user. */
  readonly keepMs: number;
}

interface Waiting {
  readonly record: SandboxRecord;
  readonly cancel: Cancel;
}

export class Reserves {
  readonly #options: ReservesOptions;
  readonly #waiting = new Map<string, Waiting>();
  /** Being made, or about to be. */
  readonly #ordered = new Set<string>();
  readonly #closing = new AbortController();

  constructor(options: ReservesOptions) {
    this.#options = options;
  }

  /** At most one for each user and template. Where there is no room, or it fails, there is none. */
  order(reservation: Reservation): void {
    const key = keyOf(reservation.template.name, reservation.userId);
    if (reservation.userId === '' || this.#waiting.has(key) || this.#ordered.has(key)) return;
    this.#ordered.add(key);
    this.#options.whenSpare(async () => {
      try {
        if (!this.#closing.signal.aborted && this.#options.hasRoom()) await this.#make(reservation);
      } finally {
        this.#ordered.delete(key);
      }
    });
  }

  /** The one that waits for this user, of the template as it is now. */
  take(template: Template, userId: string): SandboxRecord | undefined {
    const waiting = this.#waiting.get(keyOf(template.name, userId));
    if (waiting === undefined || waiting.record.template !== template) return undefined;
    if (waiting.record.reservedFor !== userId) {
      throw new PlatformError('internal', `${waiting.record.id} is reserved for somebody else`);
    }
    this.#withdraw(waiting.record);
    return waiting.record;
  }

  /** For whom one of this template waits. */
  usersOf(template: string): readonly string[] {
    const all = [...this.#waiting.values()].map(({ record }) => record);
    return all
      .filter((record) => record.template.name === template)
      .map(({ reservedFor }) => reservedFor ?? '');
  }

  /** Gives one up that is no good. False where it is not, or no more, one of these. */
  replace(record: SandboxRecord, detail: string): boolean {
    if (!this.#withdraw(record)) return false;
    this.#options.disposal.dispose(record, { reason: 'error', detail });
    return true;
  }

  /** How many wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Gives up to so many up, the oldest first: somebody needs their room more. `why` is for people. */
  makeRoom(count: number, why?: string): void {
    for (const { record } of [...this.#waiting.values()].slice(0, Math.max(0, count))) {
      this.#giveUp(record, why);
    }
  }

  /** Gives up those of templates that have changed or gone. */
  keepOnly(isCurrent: (template: Template) => boolean): void {
    for (const { record } of [...this.#waiting.values()]) {
      if (!isCurrent(record.template)) this.#giveUp(record);
    }
  }

  /** Gives all up and makes no more; one that is being made is called off. */
  close(): void {
    this.#closing.abort();
    this.makeRoom(Number.POSITIVE_INFINITY);
  }

  async #make({ template, userId, keepMs }: Reservation): Promise<void> {
    const { registry, create, clock, disposal, log } = this.#options;
    const record = registry.add(template);
    record.reservedFor = userId;
    try {
      await create(record, this.#closing.signal);
    } catch (thrown) {
      const problem = PlatformError.from(thrown).message;
      log.warn({ template: template.name, sandbox: record.id, problem }, 'a reset failed');
      return;
    }
    if (this.#closing.signal.aborted) return this.#giveUp(record);
    const dueAtMs = clock.monotonicMs() + keepMs;
    record.expiresAt = new Date(clock.now().getTime() + keepMs);
    const expire = () => {
      if (this.#withdraw(record)) disposal.dispose(record, { reason: 'inactivity' });
    };
    const cancel = watchDeadline(clock, () => dueAtMs, expire);
    this.#waiting.set(keyOf(template.name, userId), { record, cancel });
    void record.sandbox?.ended.then(() => this.replace(record, 'ended while waiting'));
  }

  #giveUp(record: SandboxRecord, detail?: string): void {
    this.#withdraw(record);
    this.#options.disposal.dispose(record, { reason: 'evicted', ...(detail && { detail }) });
  }

  #withdraw(record: SandboxRecord): boolean {
    const key = keyOf(record.template.name, record.reservedFor ?? '');
    const waiting = this.#waiting.get(key);
    if (waiting?.record !== record) return false;
    this.#waiting.delete(key);
    waiting.cancel();
    return true;
  }
}

const keyOf = (template: string, userId: string) => JSON.stringify([template, userId]);
