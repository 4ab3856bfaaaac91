// Functions with real packages under the analyzer, from the cold start to the advice and to what taking it
// brings: examples/lambda on the oldest and the newest Node that the SDK is for.
import { Scope } from '@pilotlight/lifecycle';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFunction } from '../../examples/lambda/function-process.ts';
import {
  events,
  type FunctionName,
  prepareFunctions,
  registered,
  type Variant,
} from '../../examples/lambda/functions.ts';
import { startLocalQueue } from '../../examples/lambda/local-queue.ts';
import { type NodeProgram, nodeProgram } from '../../examples/lambda/nodes.ts';
import { usePlatform } from './fixture.ts';
import { projectWithKey } from './function-reports.ts';
import { until } from './until.ts';

const majors = [18, 26];
/** Cold starts of each variant: the analyzer's advice needs five, and a median is to stand noise. */
const rounds = 7;

/** Undefined where npm cannot get what is to be measured. */
const nodes = await prepareFunctions()
  .then(() => Promise.all(majors.map(nodeProgram)))
  .catch((error: Error) => console.log(`skipped: npm cannot install: ${error.message}`));

interface Details {
  readonly cold_start_stats: { readonly avg_init_duration_ms: number | null };
  readonly module_breakdown: Readonly<Record<string, { readonly self_p50_ms: number | null }>>;
  readonly recommendations: readonly {
    readonly module: string;
    readonly kind: string;
    readonly potential_savings_ms: number;
  }[];
}

describe.skipIf(nodes === undefined)('a function with real packages', () => {
  const under = usePlatform({ templates: ['shell'] });
  const scope = new Scope();
  let key: string;
  let queueUrl: string;
  beforeAll(async () => {
    key = await projectWithKey(under.client, 'lambda');
    const queue = await startLocalQueue();
    scope.defer('queue', () => queue.close());
    queueUrl = queue.url;
  });
  afterAll(() => scope.close());

  /** Resolves with the milliseconds of init. Under the analyzer as `reportedAs`, else on its own. */
  async function coldStart(
    name: FunctionName,
    variant: Variant,
    { node, reportedAs }: { readonly node: NodeProgram; readonly reportedAs: string },
  ): Promise<number> {
    const analyzed = {
      ...registered,
      COLDSTART_ENDPOINT: under.platform.endpoints.http,
      COLDSTART_API_KEY: key,
      COLDSTART_TIMEOUT: '10000',
    };
    const started = await startFunction({
      ...{ handler: `${name}/${variant}.handler`, name: reportedAs, node },
      env: { ORDERS_QUEUE_URL: queueUrl, ...(variant === 'index' && analyzed) },
    });
    try {
      const answer = await started.invoke(events[name]);
      expect(answer, started.logs()).toMatchObject({ status: 'ok' });
      return await started.initMs;
    } finally {
      await started.stop();
    }
  }

  /** When all of its cold starts are in the database. */
  async function detailsOf(name: string): Promise<Details> {
    await until(`${rounds} cold starts of ${name} are recorded`, async () => {
      const found = await under.client.getFunction(name).catch(() => undefined);
      return Number(found?.coldStarts ?? 0) >= rounds;
    });
    const answer = await fetch(`${under.platform.endpoints.http}/api/v1/functions/${name}`, {
      headers: { 'X-API-Key': key },
    });
    expect(answer.status).toBe(200);
    return (await answer.json()) as Details;
  }

  describe.each(nodes ?? [])('on Node $major', (node) => {
    it.each([
      { name: 'orders', slowest: 'aws-sdk' },
      { name: 'accounts', slowest: 'sequelize' },
    ] as const)(
      '$name: $slowest is the slowest module, and half of the promised saving comes true',
      async ({ name, slowest }) => {
        const reportedAs = `${name}-node${node.major}`;
        const savedMs: number[] = [];
        for (let round = 0; round < rounds; round += 1) {
          // Neighbours in time, so that a noisy machine is noisy to all three.
          await coldStart(name, 'index', { node, reportedAs });
          const beforeMs = await coldStart(name, 'before', { node, reportedAs });
          savedMs.push(beforeMs - (await coldStart(name, 'after', { node, reportedAs })));
        }
        const { module_breakdown, recommendations } = await detailsOf(reportedAs);
        const [first] = Object.entries(module_breakdown).toSorted(
          ([, a], [, b]) => (b.self_p50_ms ?? 0) - (a.self_p50_ms ?? 0),
        );
        expect(first?.[0]).toBe(slowest);
        const advice = recommendations.find(({ module }) => module === slowest);
        const promisedMs = advice?.potential_savings_ms ?? Number.NaN;
        console.log(
          `${reportedAs}: ${advice?.kind} promises ${Math.round(promisedMs)} ms, saved ${Math.round(median(savedMs))} ms`,
        );
        expect(promisedMs).toBeGreaterThan(0);
        expect(median(savedMs)).toBeGreaterThanOrEqual(promisedMs / 2);
      },
    );

    it('hello: there is little to tell, and no package to replace', async () => {
      const reportedAs = `hello-node${node.major}`;
      for (let round = 0; round < rounds; round += 1) {
        await coldStart('hello', 'index', { node, reportedAs });
      }
      const { cold_start_stats, recommendations } = await detailsOf(reportedAs);
      expect(cold_start_stats.avg_init_duration_ms).toBeGreaterThan(0);
      const known = recommendations.filter(({ kind }) => /whole_sdk|lighter|barrel/.test(kind));
      expect(known).toEqual([]);
    });
  });
});

/** Of an odd number of samples. */
function median(samples: readonly number[]): number {
  return samples.toSorted((a, b) => a - b)[samples.length >> 1] ?? Number.NaN;
}
