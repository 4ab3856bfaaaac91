// Keeps the table of recommendations current.
import { PlatformError } from '@pilotlight/contracts';
import { type Clock, pause } from '@pilotlight/lifecycle';
import { observedFunction } from '../domain/function-details.ts';
import { recommend } from '../domain/functions/recommend.ts';
import type { FunctionQueries, FunctionUpkeepStore } from './function-ports.ts';
import type { OutageLog } from './ports.ts';

/** What a function's figures are of, unless a question names another range. */
export const rangeDays = 7;

const dayMs = 86_400_000;
/** A function is not looked at more often: that takes up to seconds, and nobody reads faster. */
const everyMs = 30_000;

export interface FunctionUpkeepOptions {
  readonly store: FunctionUpkeepStore;
  readonly queries: Pick<FunctionQueries, 'coldStarts'>;
  readonly clock: Clock;
  readonly logger: OutageLog;
}

/** A round at the start and every 30 s. What is left to do is in the database, so a restart loses nothing. */
export class FunctionUpkeep {
  readonly #options: FunctionUpkeepOptions;
  #hasWarned = false;

  constructor(options: FunctionUpkeepOptions) {
    this.#options = options;
  }

  /** Until it is told to end. Never rejects: warns once for each run of failures, and tries again. */
  async run(ended: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options;
    while (!ended.aborted) {
      try {
        await this.round(ended);
        this.#hasWarned = false;
      } catch (thrown) {
        // Others tell that the database is away.
        const isAway = PlatformError.from(thrown).code === 'unavailable';
        if (!isAway && !this.#hasWarned) {
          logger.warn({ err: thrown }, 'recommendations are not current');
          this.#hasWarned = true;
        }
      }
      await pause(clock, everyMs, ended);
    }
  }

  /** Rejects at the first failure; the rest is for the next round. */
  async round(ended: AbortSignal): Promise<void> {
    const { store, queries, clock } = this.#options;
    while (!ended.aborted) {
      const changed = await store.takeChanged(everyMs);
      if (changed === undefined) return;
      const end = clock.now();
      const start = new Date(end.getTime() - rangeDays * dayMs);
      const recorded = await queries.coldStarts(changed.id, { start, end });
      const recommendations = recommend(observedFunction(recorded));
      await store.writeRecommendations(changed, recommendations, end);
    }
  }
}
