// StatsService over gRPC, from rows whose every number is known, on PGlite and on a PostgreSQL server.
import {
  Entitlements,
  StatsServiceDefinition,
  StoredPolicy,
  toJsonBytes,
} from '@pilotlight/contracts';
import { Scope } from '@pilotlight/lifecycle';
import { createMemoryBus, type KeyValue } from '@pilotlight/messaging';
import { bind, type Client, connectRpc, serveRpc } from '@pilotlight/rpc';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { statsService } from '../api/stats-service.ts';
import { Answers } from '../app/answers.ts';
import { FunctionAnswers } from '../app/function-answers.ts';
import type { Database } from '../app/ports.ts';
import {
  type OpenedDatabase,
  openPgliteForTest,
  openPostgresForTest,
} from '../testing/open-databases.ts';
import { postgresPrograms } from '../testing/postgres-server.ts';
import { coldRequest, day, insert, minute, request, unused } from '../testing/rows.ts';
import { kvPoolPolicies } from './kv-pool-policies.ts';
import { migrate, readMigrations } from './migrate.ts';
import { sqlFunctionQueries } from './sql-function-queries.ts';
import { sqlStatsQueries } from './sql-stats-queries.ts';

const programs = await postgresPrograms();
if (programs === undefined) console.log('skipped: PostgreSQL is not installed below /usr/lib');

/** Of an admin, or of the project that is called so. */
function callerWith(key = '') {
  const isAdmin = key === 'admin';
  const [project, role] = isAdmin ? (['local', 'admin'] as const) : ([key, 'project'] as const);
  const entitlements = Entitlements.create({});
  return {
    principal: { keyHash: key, keyId: key, project, userId: '', role, entitlements },
    revoked: new AbortController().signal,
  };
}

/** Noon: the last 24 hours began at noon of the day before. */
const noon = minute(720);

describe.each([
  ['PGlite', openPgliteForTest, true],
  ['PostgreSQL', () => openPostgresForTest(programs ?? ''), programs !== undefined],
] as const)('statistics from %s', (_, open, isThere) => {
  describe.skipIf(!isThere)('which is there', () => {
    const scope = new Scope();
    let opened: OpenedDatabase;
    let database: Database;
    /** As the service sees it. */
    let known: Database | undefined;
    let policies: KeyValue;
    let client: Client<typeof StatsServiceDefinition>;
    /** Of a project, not of an admin. */
    let ofBlue: typeof client;
    let now = noon;

    beforeAll(async () => {
      opened = await open();
      scope.defer('database', () => opened.remove());
      database = opened.database;
      await migrate(database, await readMigrations());
      const bus = createMemoryBus();
      scope.defer('bus', () => bus.close());
      policies = await bus.bucket('policies');
      const queries = sqlStatsQueries(() => known);
      const pools = kvPoolPolicies(policies);
      const answers = new Answers({ queries, pools, clock: { now: () => now } });
      const functions = new FunctionAnswers({
        queries: sqlFunctionQueries(() => known),
        clock: { now: () => now },
      });
      const service = bind(StatsServiceDefinition, statsService(answers, functions));
      const server = await serveRpc({
        address: '127.0.0.1:0',
        services: [service],
        authenticate: ({ secret }) => callerWith(secret),
      });
      scope.defer('server', () => server.close(100));
      const clientWith = (token: string) => {
        const connection = connectRpc(StatsServiceDefinition, { address: server.address, token });
        scope.defer('client', async () => connection.close());
        return connection.client;
      };
      client = clientWith('admin');
      ofBlue = clientWith('blue');
    }, 60_000);
    afterAll(() => scope.close());
    beforeEach(async () => {
      known = database;
      now = noon;
      for (const table of ['container_stats', 'warm_stock', 'policy_changes']) {
        await database.query(`delete from ${table}`);
      }
    });

    const requests = (...rows: Parameters<typeof insert>[2]) =>
      insert(database, 'container_stats', rows);

    it('sums requests up: in total, by template and by user', async () => {
      await requests(
        request(minute(1), 1),
        request(minute(2), 2, {
          ...{ container_stopped_at: minute(3), active_duration_ms: 60_000 },
          ...{ shutdown_reason: 'manual', clock_skewed: true },
        }),
        request(minute(3), 3, { user_id: 'bob', template: 'go' }),
        coldRequest(minute(4), 100),
        coldRequest(minute(5), 200, { user_id: null, app_init_ms: 35, total_ms: 50 }),
        request(minute(6), undefined, { shutdown_reason: 'error' }),
      );
      const { range, total, byTemplate, byUser } = await client.getStats({});
      expect(range).toEqual({ start: minute(-720), end: noon });
      expect(total).toEqual({
        ...{ requests: 6, served: 5, failedStarts: 1, warmHits: 3, warmHitRate: 0.6 },
        startup: {
          ...{ p50: 3, p90: expect.closeTo(160), p95: expect.closeTo(180) },
          ...{ p99: expect.closeTo(196), max: 200, average: expect.closeTo(61.2), samples: 5 },
        },
        warmStartup: {
          ...{ p50: 2, p90: expect.closeTo(2.8), p95: expect.closeTo(2.9) },
          ...{ p99: expect.closeTo(2.98), max: 3, average: 2, samples: 3 },
        },
        coldStartup: {
          ...{ p50: 150, p90: 190, p95: 195, p99: 199, max: 200, average: 150, samples: 2 },
        },
        averageActiveMs: 60_000,
        shutdownReasons: { manual: 1, error: 1 },
        clockSkewed: 1,
      });
      expect(byTemplate.map((one) => [one.template, one.summary?.requests])).toEqual([
        ['python', 5],
        ['go', 1],
      ]);
      expect(byTemplate[0]?.averagePhases).toEqual({
        ...{ schedulingMs: 1, imagePullMs: 0, containerCreateMs: 10, processStartMs: 4 },
        ...{ appInitMs: 25, totalMs: 40 },
      });
      expect(byTemplate[1]?.averagePhases).toBeUndefined();
      expect(byUser.map((one) => [one.userId, one.summary?.requests])).toEqual([
        ['ada', 4],
        ['bob', 1],
      ]);
    });

    it('takes the start of a range in, leaves its end out, and filters', async () => {
      await requests(
        request(minute(1), 1),
        request(minute(2), 2, { template: 'go' }),
        request(minute(3), 4, { user_id: 'bob' }),
      );
      const inRange = await client.getStats({ range: { start: minute(1), end: minute(3) } });
      expect(inRange.total?.requests).toBe(2);
      expect((await client.getStats({ template: 'go' })).total?.startup?.p50).toBe(2);
      const ofBob = await client.getStats({ userId: 'bob', limit: 1 });
      expect(ofBob).toMatchObject({ total: { requests: 1 }, byTemplate: [{ template: 'python' }] });
      const first = await client.getStats({ limit: 1 });
      expect([first.byTemplate.length, first.byUser.length]).toEqual([1, 1]);
    });

    it('tells a project of its own users alone', async () => {
      await requests(
        request(minute(1), 1, { user_id: 'blue' }),
        request(minute(2), 2, { user_id: 'blue:ann' }),
        request(minute(3), undefined, { user_id: 'blue:ann' }),
        request(minute(4), 4, { user_id: 'blueish' }),
        request(minute(5), 5, { user_id: 'red:ann' }),
        request(minute(6), 6, { user_id: null }),
      );
      const { total, byUser } = await ofBlue.getStats({});
      expect(total?.requests).toBe(3);
      expect(byUser.map(({ userId }) => userId)).toEqual(['blue:ann', 'blue']);
      expect((await ofBlue.getStats({ userId: 'ann', limit: 1 })).total?.requests).toBe(2);
      const { activity } = await ofBlue.listActivity({});
      expect(activity.map(({ userId }) => userId)).toEqual(['blue:ann', 'blue:ann', 'blue']);
      const failed = await ofBlue.listActivity({ failedOnly: true, limit: 5 });
      expect(failed.activity).toHaveLength(1);
      expect((await client.getStats({ project: 'red' })).total?.requests).toBe(1);
      expect((await client.getStats({})).total?.requests).toBe(6);
    });

    it('tells a project nothing of others, and nothing of templates', async () => {
      const refused = { code: 'permission_denied' };
      await expect(ofBlue.getStats({ userId: 'red:ann' })).rejects.toMatchObject(refused);
      await expect(ofBlue.listActivity({ project: 'red' })).rejects.toMatchObject(refused);
      await expect(ofBlue.analyze({})).rejects.toMatchObject(refused);
      await expect(ofBlue.recordChange({})).rejects.toMatchObject(refused);
    });

    it('says nothing of what there was none of', async () => {
      const { total, byTemplate, byUser } = await client.getStats({ template: "o'none" });
      expect(total).toEqual({
        ...{ requests: 0, served: 0, failedStarts: 0, warmHits: 0, warmHitRate: undefined },
        ...{ startup: undefined, warmStartup: undefined, coldStartup: undefined },
        ...{ averageActiveMs: undefined, shutdownReasons: {}, clockSkewed: 0 },
      });
      expect([byTemplate, byUser]).toEqual([[], []]);
    });

    it('lists requests, newest first, or only those that failed', async () => {
      await requests(
        request(minute(1), undefined, { detail: 'no image' }),
        coldRequest(minute(2), 31.5, {
          ...{ container_stopped_at: minute(3), active_duration_ms: 60_000, execution_id: 'x1' },
          ...{ execution_status: 'completed', stop_reason: 'completed', s3_bucket: 'books' },
          shutdown_reason: 'manual',
        }),
      );
      const { activity } = await client.listActivity({});
      expect(activity).toMatchObject([
        {
          ...{ userId: 'ada', s3Bucket: 'books', template: 'python', node: 'n1' },
          ...{ requestReceivedAt: minute(2), stoppedAt: minute(3), startupMs: 31.5 },
          availableAt: new Date(minute(2).getTime() + 31),
          ...{ activeMs: 60_000, shutdownReason: 'manual', stopReason: 'completed' },
          ...{ fromWarmPool: false, phases: { totalMs: 30 }, executionId: 'x1' },
          ...{ executionStatus: 'completed', detail: '', clockSkewed: false },
        },
        { availableAt: undefined, startupMs: undefined, phases: undefined, detail: 'no image' },
      ]);
      const failed = await client.listActivity({ failedOnly: true });
      expect(failed.activity.map(({ detail }) => detail)).toEqual(['no image']);
      expect((await client.listActivity({ limit: 1 })).activity).toHaveLength(1);
    });

    it('analyses starts of requests and of stock against those of the time before', async () => {
      const range = { start: day, end: minute(60) };
      const before = Array.from({ length: 10 }, (_, n) => unused(minute(-n - 1)));
      const slower = { app_init_ms: 65, total_ms: 80, template_revision: 'bbb' };
      const stock = Array.from({ length: 6 }, (_, n) => unused(minute(n), slower));
      await insert(database, 'warm_stock', [...before, ...stock]);
      await requests(
        ...[10, 11, 12, 13].map((at) => coldRequest(minute(at), 100, slower)),
        ...Array.from({ length: 12 }, (_, n) => request(minute(20 + n), 2, slower)),
        request(minute(40), undefined),
      );
      const { templates } = await client.analyze({ range });
      expect(templates).toEqual([
        {
          ...{ template: 'python', inconclusive: false, coldStarts: 22, warmHitRate: 0.75 },
          ...{ p90Ms: 80, targetMs: 3_000 },
          phases: expect.arrayContaining([
            {
              ...{ phase: 'app_init', p50Ms: 65, p90Ms: 65, historyP50Ms: 15, targetMs: 1_500 },
              share: 65 / 80,
            },
          ]),
          bottleneck: {
            ...{ phase: 'app_init', cause: 'above_history', excessMs: 50 },
            explanation: 'app_init takes 65 ms, 81 % of a start; it was 15 ms before.',
          },
          deployments: [
            {
              ...{ templateRevision: 'bbb', platformVersion: '0.1.0', firstSeen: day },
              ...{ starts: 22, p50Ms: 80, p90Ms: 80, change: 80 / 30 - 1 },
            },
            {
              ...{ templateRevision: 'aaa', platformVersion: '0.1.0', firstSeen: minute(-10) },
              ...{ starts: 10, p50Ms: 30, p90Ms: 30, change: undefined },
            },
          ],
          suggestions: [
            expect.objectContaining({ remedy: 'deferred_packages', expectedSavingMs: 12.5 }),
          ],
        },
      ]);
    });

    const policy = { minSize: 1, maxSize: 8, targetUtilization: 1, scaleUpThreshold: 1 };
    const storePolicy = (minSize: number) => {
      const stored = { policy: { ...policy, minSize, scaleDownDelay: 1, ttl: 60 } };
      return policies.put('python', toJsonBytes(StoredPolicy, StoredPolicy.create(stored)));
    };
    /** Twelve cold requests, three at a time; and one that found a warm sandbox. */
    const coldOnes = () => {
      const at = (n: number) => new Date(minute(Math.floor(n / 3)).getTime() + 100 * (n % 3));
      const cold = Array.from({ length: 12 }, (_, n) => coldRequest(at(n), 40));
      return requests(...cold, request(minute(30), 1));
    };

    it('suggests as many warm sandboxes as were wanted within one refill', async () => {
      await storePolicy(1);
      await coldOnes();
      await requests(request(minute(1), 1, { template: 'go' }));
      const { templates } = await client.analyze({});
      expect(templates.map(({ template }) => template)).toEqual(['python', 'go']);
      expect(templates[0]?.suggestions).toEqual([
        {
          ...{ suggestionId: 'python.larger_minimum.1', template: 'python' },
          ...{ remedy: 'larger_minimum', text: 'Keep at least 3 warm sandboxes of python.' },
          expectedSavingMs: expect.closeTo((12 / 13) * 39, 6),
          basis:
            '1 of 13 requests found a warm one; with 3 it would have been 12 more, each 39 ms sooner.',
          policy: { field: 'min_size', from: 1, to: 3 },
        },
      ]);
      expect(templates[1]).toMatchObject({ template: 'go', inconclusive: true, suggestions: [] });
      expect((await client.analyze({ template: 'go' })).templates).toHaveLength(1);
    });

    it('finds images that requests waited for, and which revision brought them', async () => {
      const pulled = { image_pull_ms: 4_000, total_ms: 4_030, template_revision: 'bbb' };
      await requests(
        ...Array.from({ length: 8 }, (_, n) => request(minute(n), 1)),
        ...[20, 21].map((at) => coldRequest(minute(at), 4_040, pulled)),
      );
      const { templates } = await client.analyze({});
      expect(templates[0]?.suggestions.map((one) => [one.remedy, one.expectedSavingMs])).toEqual([
        ['pre_pull', 800],
        ['layer_order', 240],
      ]);
    });

    it('notes a change once, and says later what it saved', async () => {
      await storePolicy(1);
      await coldOnes();
      const { templates } = await client.analyze({});
      const suggestion = templates[0]?.suggestions[0];
      const noted = await client.recordChange({ suggestion, by: 'ada' });
      expect(noted).toMatchObject({ suggestion, appliedAt: noon, realisedSavingMs: undefined });
      now = minute(1_440);
      const again = await client.recordChange({ suggestion, by: 'bob' });
      expect(again.appliedAt).toEqual(noon);
      await storePolicy(3);
      // The first two hours after the change are not of the last hour, the others are no comparison.
      await requests(
        ...Array.from({ length: 9 }, (_, n) => request(minute(721 + n), 2)),
        request(minute(1_439), 32),
        request(minute(730), 500, { template: 'go' }),
      );
      const range = { start: day, end: noon };
      const later = await client.analyze({ range, template: 'python' });
      expect(later.templates[0]?.suggestions).toEqual([]);
      const averageBefore = (12 * 40 + 1) / 13;
      expect(later.changes).toEqual([
        {
          ...{ suggestion, appliedAt: noon },
          ...{ beforeMs: expect.closeTo(averageBefore, 6), afterMs: 5 },
          realisedSavingMs: expect.closeTo(averageBefore - 5, 6),
        },
      ]);
      expect((await client.analyze({ template: 'go' })).changes).toEqual([]);
      await storePolicy(1);
      const next = await client.analyze({ range });
      expect(next.templates[0]?.suggestions[0]?.suggestionId).toBe('python.larger_minimum.2');
    });

    it.each([
      ['range.start', { range: { start: noon, end: noon } }],
      ['range.start', { range: { start: new Date('1815-12-10') } }],
      ['limit', { limit: -1 }],
      ['limit', { limit: 1_001 }],
      ['template', { template: 'a\0b' }],
      ['user_id', { userId: 'x'.repeat(300) }],
    ])('refuses a bad %s', async (field, bad) => {
      const refusal = {
        code: 'invalid_argument',
        details: [{ field, problem: expect.any(String) }],
      };
      await expect(client.getStats(bad)).rejects.toMatchObject(refusal);
      await expect(client.listActivity(bad)).rejects.toMatchObject(refusal);
    });

    it('refuses to note what is no suggestion', async () => {
      const fieldsOf = async (bad: object) => {
        const suggestion = { ...bad, expectedSavingMs: -1, policy: { field: 'ttl' } };
        const refusal = await client.recordChange({ suggestion }).catch((error) => error);
        return refusal.details.map(({ field }: { field: string }) => field);
      };
      const rest = ['suggestion.expected_saving_ms', 'suggestion.policy.field'];
      const prayer = { suggestionId: 'go.prayer.1', template: 'go', remedy: 'prayer' };
      expect(await fieldsOf(prayer)).toEqual(['suggestion.remedy', ...rest]);
      const nameless = { suggestionId: 'x', template: 'go', remedy: 'pre_pull' };
      expect(await fieldsOf(nameless)).toEqual(['suggestion.suggestion_id', ...rest]);
      await expect(client.recordChange({})).rejects.toMatchObject({ code: 'invalid_argument' });
    });

    it('cannot be asked while there is no database', async () => {
      known = undefined;
      const refusal = { code: 'unavailable', message: /no database at the moment/ };
      await expect(client.getStats({})).rejects.toMatchObject({
        ...{ code: refusal.code, message: expect.stringMatching(refusal.message) },
      });
    });

    it('answers many questions, one after the other, and refuses too many', async () => {
      const asked = Array.from({ length: 40 }, () => client.listActivity({}));
      const answers = await Promise.allSettled(asked);
      const refused = answers.filter(({ status }) => status === 'rejected');
      expect(answers.length - refused.length).toBeGreaterThanOrEqual(16);
      for (const one of refused) {
        expect(one).toMatchObject({ reason: { code: 'resource_exhausted' } });
      }
    });
  });
});

it.skipIf(programs === undefined)('says that the database went away', async () => {
  const opened = await openPostgresForTest(programs ?? '');
  try {
    await migrate(opened.database, await readMigrations());
    const queries = sqlStatsQueries(() => opened.database);
    expect(await queries.changes('', noon)).toEqual([]);
    await opened.kill?.();
    await expect(queries.changes('', noon)).rejects.toMatchObject({ code: 'unavailable' });
    await expect(queries.changes('', noon)).rejects.toMatchObject({ code: 'unavailable' });
  } finally {
    await opened.remove();
  }
});

it.skipIf(programs === undefined)('gives up a question that takes too long', async () => {
  const opened = await openPostgresForTest(programs ?? '');
  try {
    await migrate(opened.database, await readMigrations());
    const queries = sqlStatsQueries(() => opened.database);
    await opened.database.transaction(async (session) => {
      await session.query('lock table policy_changes in access exclusive mode');
      await expect(queries.changes('', noon)).rejects.toMatchObject({ code: 'deadline_exceeded' });
    });
    expect(await queries.changes('', noon)).toEqual([]);
  } finally {
    await opened.remove();
  }
});
