// The end of a sandbox. Whoever is done with one hands it in here and goes on.
import { PlatformError, type StopReason } from '@pilotlight/contracts';
import { isEnded } from '../domain/sandbox-state.ts';
import type { Log } from './ports.ts';
import type { SandboxRecord } from './sandbox-record.ts';
import type { SandboxRegistry } from './sandbox-registry.ts';

export interface DisposalOptions {
  readonly registry: SandboxRegistry;
  readonly log: Log;
  /** Destructions at once; the rest wait, so that they take no core from work. */
  readonly concurrency: number;
}

export interface End {
  readonly reason: StopReason;
  /** For people. */
  readonly detail?: string;
  /** Called once it is destroyed; not for one that could not be. */
  readonly onDestroyed?: () => void;
}

interface Doomed {
  readonly record: SandboxRecord;
  readonly onDestroyed: () => void;
}

/** Destroys sandboxes in the background, each once. */
export class Disposal {
  readonly #options: DisposalOptions;
  readonly #waiting: Doomed[] = [];
  readonly #running = new Set<Promise<void>>();

  constructor(options: DisposalOptions) {
    this.#options = options;
  }

  /** Marks it `stopping` at once and destroys it soon. One that has ended or is ending is left alone. */
  dispose(record: SandboxRecord, end: End): void {
    if (record.state === 'stopping' || isEnded(record.state)) return;
    record.stopReason = end.reason;
    if (end.detail !== undefined) record.detail = end.detail;
    this.#options.registry.move(record, 'stopping');
    this.#waiting.push({ record, onDestroyed: end.onDestroyed ?? (() => undefined) });
    this.#next();
  }

  /** Resolves when nothing is left to destroy. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #next(): void {
    while (this.#running.size < this.#options.concurrency) {
      const doomed = this.#waiting.shift();
      if (doomed === undefined) return;
      const work = this.#destroy(doomed).then(() => {
        this.#running.delete(work);
        this.#next();
      });
      this.#running.add(work);
    }
  }

  /** What cannot be destroyed is forgotten as failed: the reaper finds its traces and goes on. */
  async #destroy({ record, onDestroyed }: Doomed): Promise<void> {
    const { registry, log } = this.#options;
    try {
      await record.sandbox?.destroy();
      registry.move(record, 'stopped');
      onDestroyed();
    } catch (thrown) {
      const error = PlatformError.from(thrown);
      log.error({ sandbox: record.id, err: error }, 'a sandbox could not be destroyed');
      record.detail = error.message;
      registry.move(record, 'failed');
    }
  }
}
