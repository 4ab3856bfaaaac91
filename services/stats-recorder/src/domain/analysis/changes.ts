// What came of suggestions that were carried out.
import type { Change, Suggestion } from '@pilotlight/contracts';
import { leastSamples } from './targets.ts';

/** Averages of as long before as since, in milliseconds; undefined where there was no request. */
export interface RecordedChange {
  readonly suggestion: Suggestion;
  readonly appliedAt: Date;
  readonly beforeMs: number | undefined;
  readonly afterMs: number | undefined;
  readonly requestsAfter: number;
}

/** As long before as since, and no longer than this: later, other things have changed too. */
export const comparedMs = 7 * 86_400_000;

/** The saving is what it is: negative where requests wait longer than before. */
export function realisedChange(recorded: RecordedChange): Change {
  const { suggestion, appliedAt, beforeMs, afterMs, requestsAfter } = recorded;
  const isKnown = beforeMs !== undefined && afterMs !== undefined && requestsAfter >= leastSamples;
  return {
    ...{ suggestion, appliedAt, beforeMs, afterMs },
    realisedSavingMs: isKnown ? beforeMs - afterMs : undefined,
  };
}
