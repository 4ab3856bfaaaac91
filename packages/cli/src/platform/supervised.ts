// A process that comes back by itself: started again after a growing delay whenever it ends
// without having been told to.
import { type Backoff, backoff, type Cancel, type Clock } from '@pilotlight/lifecycle';
import {
  type Command,
  type ProcessExit,
  type RunningProcess,
  startInGroup,
} from './process-group.ts';

export interface SupervisedOptions {
  readonly name: string;
  readonly command: Command;
  /** Open for appending; both streams go there. */
  readonly logFile: number;
  readonly clock: Clock;
  /** How long a stop may take before the whole group is killed. */
  readonly graceMs: number;
  /** Told of each end that nobody asked for, and when it will be started again. */
  readonly onCrash: (exit: ProcessExit, restartInMs: number) => void;
}

/** A process that lived this long was healthy: the next restart is quick again. */
const healthyMs = 30_000;

export class Supervised {
  readonly name: string;
  readonly #options: SupervisedOptions;
  readonly #delays: Backoff = backoff({ minMs: 100, maxMs: 5_000, factor: 2, jitter: 0.1 });
  #process: RunningProcess | undefined;
  #restart: Cancel = () => {};
  #stopped = true;
  #exits = 0;

  constructor(options: SupervisedOptions) {
    this.name = options.name;
    this.#options = options;
  }

  /** Undefined while it waits for its restart. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** How often it ended unasked. */
  get exits(): number {
    return this.#exits;
  }

  start(): void {
    if (this.#process !== undefined) return;
    this.#stopped = false;
    const { command, logFile, clock } = this.#options;
    const startedMs = clock.monotonicMs();
    const running = startInGroup(command, logFile, clock);
    this.#process = running;
    void running.exit.then((exit) => {
      this.#process = undefined;
      if (this.#stopped) return;
      running.kill();
      this.#exits += 1;
      if (clock.monotonicMs() - startedMs >= healthyMs) this.#delays.reset();
      const delayMs = Math.round(this.#delays.next());
      this.#options.onCrash(exit, delayMs);
      this.#restart = clock.after(delayMs, () => this.start());
    });
  }

  /** Ends it for good, or until the next `start`. Idempotent. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#restart();
    await this.#process?.stop(this.#options.graceMs);
  }

  /** Ends it at once, with all of its group. */
  kill(): void {
    this.#stopped = true;
    this.#restart();
    this.#process?.kill();
  }
}
