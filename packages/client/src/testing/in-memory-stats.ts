// StatsService without a database: one template that was always cold, and what is noted of it.
import {
  Activity,
  type Change,
  PlatformError,
  Stats,
  type StatsServiceDefinition,
  TemplateAnalysis,
} from '@pilotlight/contracts';
import type { Implementation } from '@pilotlight/rpc';
import { functionCalls } from './in-memory-functions.ts';

const startup = { p50: 40, p90: 50, p95: 55, p99: 60, max: 61, average: 42, samples: 3 };
const summary = {
  ...{ requests: 4, served: 3, failedStarts: 1, warmHits: 0, warmHitRate: 0, startup },
  shutdownReasons: { manual: 3 },
};

/** What it says is of python; other templates had no requests. */
export function statsService(): Implementation<StatsServiceDefinition> {
  const changes: Change[] = [];
  return {
    ...functionCalls(),
    getStats: async ({ template, range }) => {
      const isKnown = template === '' || template === 'python';
      return Stats.fromPartial({
        range: range ?? {},
        total: isKnown ? summary : {},
        byTemplate: isKnown ? [{ template: 'python', summary }] : [],
        byUser: isKnown ? [{ userId: 'ada', summary }] : [],
      });
    },
    listActivity: async ({ failedOnly }) => ({
      activity: [
        ...(failedOnly
          ? []
          : [Activity.create({ template: 'python', sandboxId: 's2', startupMs: 40 })]),
        Activity.create({ template: 'python', sandboxId: 's1', detail: 'no image' }),
      ],
    }),
    analyze: async ({ range }) => ({ range, templates: [analysis(changes.length)], changes }),
    recordChange: async ({ suggestion }) => {
      if (suggestion === undefined) throw new PlatformError('invalid_argument', 'No suggestion.');
      const change = { suggestion, appliedAt: new Date(0) };
      changes.push(change);
      return change;
    },
  };
}

/** Suggests a minimum of 3 where there is one of 1, until that was noted. */
function analysis(carriedOut: number): TemplateAnalysis {
  const suggestion = {
    ...{ suggestionId: 'python.larger_minimum.1', template: 'python', remedy: 'larger_minimum' },
    ...{ text: 'Keep at least 3.', expectedSavingMs: 38, basis: '0 of 3 were warm.' },
    policy: { field: 'min_size', from: 1, to: 3 },
  };
  return TemplateAnalysis.fromPartial({
    ...{ template: 'python', coldStarts: 12, warmHitRate: 0, p90Ms: 50, targetMs: 3_000 },
    suggestions: carriedOut === 0 ? [suggestion] : [],
  });
}
