// Ordered creations, of which only so many are begun at once: callers' before refills.
import { type Demand, nextOrder, refillsAtOnce } from '../domain/create-order.ts';
import type { SandboxRecord } from './sandbox-record.ts';

export interface CreateQueueOptions {
  readonly maxConcurrent: number;
  /** Who needs what at this moment. */
  readonly demands: () => readonly Demand[];
  /** Does the work; never rejects. */
  readonly create: (record: SandboxRecord) => Promise<void>;
}

export class CreateQueue {
  readonly #options: CreateQueueOptions;
  readonly #running = new Set<Promise<void>>();
  #orders: SandboxRecord[] = [];
  #spares: (() => Promise<void>)[] = [];

  constructor(options: CreateQueueOptions) {
    this.#options = options;
  }

  /** Creations that a driver is at. */
  get running(): number {
    return this.#running.size;
  }

  /** Takes the order in; `begin` starts what may be started. */
  add(record: SandboxRecord): void {
    this.#orders.push(record);
  }

  /** A creation for which nobody waits: begun when no order can be. It must never reject. */
  addSpare(create: () => Promise<void>): void {
    this.#spares.push(create);
    this.begin();
  }

  /** Takes back up to so many orders that were not begun, the newest first. */
  withdraw(template: string, count: number): readonly SandboxRecord[] {
    const waiting = this.#orders.filter((record) => record.template.name === template);
    const taken = new Set(count > 0 ? waiting.slice(-count) : []);
    this.#orders = this.#orders.filter((record) => !taken.has(record));
    return [...taken];
  }

  begin(): void {
    const { maxConcurrent, demands } = this.#options;
    while (this.#running.size < maxConcurrent) {
      const names = this.#orders.map((record) => record.template.name);
      const mayRefill = this.#running.size < refillsAtOnce(maxConcurrent);
      const record = this.#orders[nextOrder(names, demands(), mayRefill)];
      const spare = record === undefined && mayRefill ? this.#spares.shift() : undefined;
      if (record !== undefined) {
        this.#orders = this.#orders.filter((order) => order !== record);
        this.#run(() => this.#options.create(record));
      } else if (spare !== undefined) this.#run(spare);
      else return;
    }
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  #run(create: () => Promise<void>): void {
    const work = create().finally(() => {
      this.#running.delete(work);
      this.begin();
    });
    this.#running.add(work);
  }
}
