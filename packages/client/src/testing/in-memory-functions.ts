// The functions of StatsService without a database: one of project `blue` that is slow for a reason, and one
// that reports no more than totals.
import {
  FunctionMessage as AnalyzedFunction,
  FunctionDetails,
  PlatformError,
  type StatsServiceDefinition,
} from '@pilotlight/contracts';
import type { Implementation } from '@pilotlight/rpc';

type FunctionCalls = Pick<Implementation<StatsServiceDefinition>, 'listFunctions' | 'getFunction'>;

const lastSeenAt = new Date('2026-01-02T10:30:00Z');
const seen = { project: 'blue', firstSeenAt: new Date('2026-01-01T10:30:00Z'), lastSeenAt };

const functions = [
  AnalyzedFunction.fromPartial({
    ...{ id: 'f-1', functionName: 'payment-service', runtime: 'nodejs22.x', region: 'us-east-1' },
    ...{ ...seen, memoryAllocatedMb: 512 },
    coldStartStats: {
      ...{ avgInitDurationMs: 2_850, p95InitDurationMs: 3_100 },
      ...{ coldStartRate: 0.12, totalInvocations24h: 15_000 },
    },
  }),
  AnalyzedFunction.fromPartial({
    ...{ id: 'f-2', functionName: 'totals\u001b[2J', ...seen, coldStartStats: {} },
  }),
];

const ms = (p50: number) => ({ ...{ p50, p90: p50, p95: p50, p99: p50, max: p50 }, average: p50 });

const slow = {
  init: ms(2_850),
  modules: [
    { module: 'aws-sdk', total: ms(850), self: ms(700), share: 700 / 2_850, unusedRate: 1 },
    { module: 'xml2js', parent: 'aws-sdk', total: ms(150), self: ms(150), share: 150 / 2_850 },
    { module: 'lodash', total: ms(12), self: ms(12), share: 12 / 2_850 },
    { module: 'axios', total: ms(8), self: ms(8), share: 8 / 2_850 },
  ],
  recommendations: [
    {
      ...{ module: 'aws-sdk', kind: 'whole_sdk', issue: 'Loading entire SDK at startup' },
      suggestion: 'Use modular @aws-sdk/client-* packages',
      ...{ potentialSavingsMs: 750, confidence: 'high', samples: 31 },
    },
  ],
};

const totalsAlone = {
  modules: [
    { module: 'moment', total: ms(340) },
    { module: 'aws-sdk', total: ms(850) },
  ],
};

/** Of one project, `blue`; others have none. */
export function functionCalls(): FunctionCalls {
  return {
    listFunctions: async ({ project }) => ({
      functions: project === '' || project === 'blue' ? functions : [],
    }),
    getFunction: async ({ function: wanted, project, range }) => {
      const found = functions.find(({ id, functionName }) => [id, functionName].includes(wanted));
      if (found === undefined || (project !== '' && project !== found.project)) {
        throw new PlatformError('not_found', 'There is no such function.');
      }
      const measured = found.id === 'f-1' ? slow : totalsAlone;
      return FunctionDetails.fromPartial({ function: found, range, coldStarts: 31, ...measured });
    },
  };
}
