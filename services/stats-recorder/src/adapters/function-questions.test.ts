// What functions reported, as it is told again: lists, details and recommendations.
import { ManualClock } from '@pilotlight/lifecycle';
import { createMemoryBus } from '@pilotlight/messaging';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { statsService } from '../api/stats-service.ts';
import { FunctionAnswers } from '../app/function-answers.ts';
import { FunctionUpkeep } from '../app/function-upkeep.ts';
import { Keys } from '../app/keys.ts';
import type { Database } from '../app/ports.ts';
import { Recorder } from '../app/recorder.ts';
import {
  type OpenedDatabase,
  openPgliteForTest,
  openPostgresForTest,
} from '../testing/open-databases.ts';
import { silentOutages } from '../testing/outages.ts';
import { postgresPrograms } from '../testing/postgres-server.ts';
import { coldStart, reportedAt, reportMessage, warm } from '../testing/reports.ts';
import { kvKeyMirror } from './kv-keys.ts';
import { migrate, readMigrations } from './migrate.ts';
import { sqlFunctionQueries } from './sql-function-queries.ts';
import { sqlFunctionUpkeep } from './sql-function-upkeep.ts';
import { sqlKeyStore } from './sql-key-store.ts';
import { sqlStatsStore } from './sql-stats-store.ts';

const programs = await postgresPrograms();
if (programs === undefined) console.log('skipped: PostgreSQL is not installed below /usr/lib');

const seconds = (count: number) => new Date(reportedAt.getTime() + count * 1_000);
const never = new AbortController().signal;

/** One module that takes nearly all of the start, so that there is something to recommend. */
const heavy = (at: number) =>
  coldStart({
    ...{ timestamp: seconds(at), initDurationMs: 1_000 + at, moduleTimings: { sdk: 900 + at } },
    moduleDetails: [
      {
        ...{
          module: 'sdk',
          path: `node_modules/sdk/${at}.js`,
          parent: './index',
          version: '2.0.0',
        },
        ...{ selfMs: 800 + at, totalMs: 900 + at, files: 40, used: at % 2 === 0 },
      },
      { module: 'tiny', selfMs: 0.5, totalMs: 0.7, files: 1 },
    ],
  });
const range = (count: number) => Array.from({ length: count }, (_, index) => index);

describe.each([
  ['PGlite', openPgliteForTest, true],
  ['PostgreSQL', () => openPostgresForTest(programs ?? ''), programs !== undefined],
] as const)('functions in %s', (_, open, isThere) => {
  describe.skipIf(!isThere)('which is there', () => {
    let opened: OpenedDatabase;
    let database: Database;
    let recorder: Recorder;
    let answers: FunctionAnswers;
    let upkeep: FunctionUpkeep;

    beforeAll(async () => {
      opened = await open();
      database = opened.database;
      await migrate(database, await readMigrations());
      const store = sqlStatsStore(database);
      recorder = new Recorder({ open: async () => store, outages: silentOutages() });
    }, 60_000);
    afterAll(() => opened?.remove());
    beforeEach(async () => {
      await database.query('delete from projects');
      const clock = new ManualClock(seconds(3_600));
      const queries = sqlFunctionQueries(() => database);
      answers = new FunctionAnswers({ queries, clock });
      const store = sqlFunctionUpkeep(() => database);
      const logger = { info: () => undefined, warn: () => undefined };
      upkeep = new FunctionUpkeep({ store, queries, clock, logger });
    });

    const get = (name: string, project = 'local') =>
      answers.get({ project, function: name, range: undefined });
    const list = (project: string, limit = 0) => answers.list({ project, limit });

    it('lists functions, last seen first, with the last 24 hours', async () => {
      const old = { functionName: 'old', timestamp: seconds(-90_000) };
      await recorder.record([
        reportMessage([warm(old)]),
        reportMessage([
          ...[coldStart({ region: 'us-east-1' }), coldStart({ initDurationMs: 1_850 })],
          ...[warm({ timestamp: seconds(5) }), warm(), warm({ timestamp: seconds(-90_000) })],
        ]),
        reportMessage([warm({ functionName: 'theirs' })], { project: 'blue' }),
      ]);
      const functions = await list('local');
      expect(functions).toEqual([
        {
          ...{ id: expect.stringMatching(/^[0-9a-f-]{36}$/), functionName: 'payment-service' },
          ...{ project: 'local', runtime: 'nodejs18.x', region: 'us-east-1' },
          ...{ memoryAllocatedMb: 512, firstSeenAt: seconds(-90_000), lastSeenAt: seconds(5) },
          coldStartStats: {
            ...{ avgInitDurationMs: 2_350, p95InitDurationMs: 2_800 },
            ...{ coldStartRate: 0.5, totalInvocations24h: 4 },
          },
        },
        expect.objectContaining({
          functionName: 'old',
          coldStartStats: {
            ...{ avgInitDurationMs: undefined, p95InitDurationMs: undefined },
            ...{ coldStartRate: undefined, totalInvocations24h: 0 },
          },
        }),
      ]);
      expect(await list('local', 1)).toHaveLength(1);
      expect(await list('')).toHaveLength(3);
      await expect(list('local', 1_001)).rejects.toMatchObject({ code: 'invalid_argument' });
    });

    it('answers no more than the caller may see', async () => {
      await recorder.record([
        reportMessage([warm()]),
        reportMessage([warm({ functionName: 'theirs' })], { project: 'blue' }),
        reportMessage([warm({ functionName: 'both' })]),
        reportMessage([warm({ functionName: 'both' })], { project: 'blue' }),
      ]);
      const unused = () => Promise.reject(new Error('not asked'));
      const others = { stats: unused, activity: unused, analyze: unused, recordChange: unused };
      const service = statsService(others, answers);
      const as = (project: string, role: 'admin' | 'project') => ({
        ...{ signal: never, metadata: new Map(), deadline: undefined },
        principal: {
          ...{ keyHash: '', keyId: '', project, userId: '', role },
          entitlements: undefined,
        },
      });
      const call = <T>(context: ReturnType<typeof as>) => context as unknown as T;
      type Context = Parameters<typeof service.listFunctions>[1];
      const blue = call<Context>(as('blue', 'project'));
      const admin = call<Context>(as('local', 'admin'));
      const names = async (context: Context) =>
        (await service.listFunctions({ project: '', limit: 0 }, context)).functions
          .map((one) => `${one.project} ${one.functionName}`)
          .toSorted();
      expect(await names(blue)).toEqual(['blue both', 'blue theirs']);
      expect(await names(admin)).toHaveLength(4);
      const [mine] = await list('local');
      const asked = { project: '', range: undefined };
      await expect(
        service.getFunction({ ...asked, function: mine?.id ?? '' }, blue),
      ).rejects.toMatchObject({ code: 'not_found' });
      await expect(
        service.getFunction({ ...asked, project: 'local', function: 'both' }, blue),
      ).rejects.toMatchObject({ code: 'permission_denied' });
      const details = await service.getFunction({ ...asked, function: 'both' }, blue);
      expect(details.function).toMatchObject({ project: 'blue', functionName: 'both' });
      await expect(
        service.getFunction({ ...asked, function: 'both' }, admin),
      ).rejects.toMatchObject({ code: 'failed_precondition' });
    });

    it('tells what the cold starts load, in percentiles, and what to do about it', async () => {
      const seedLike = coldStart({ timestamp: seconds(50), initDurationMs: 1_050 });
      await recorder.record([reportMessage([...range(21).map(heavy), seedLike, warm()])]);
      const details = await get('payment-service');
      const { function: found, coldStarts, init, modules, recommendations } = details;
      expect(details.range).toEqual({ start: seconds(3_600 - 7 * 86_400), end: seconds(3_600) });
      expect(coldStarts).toBe(22);
      expect(init).toMatchObject({ p50: 1_010.5, max: 1_050, samples: 22 });
      const sdk = modules[0];
      expect(sdk).toEqual({
        module: 'sdk',
        total: {
          ...{ p50: 910, p90: 918, p95: 919, p99: expect.closeTo(919.8), max: 920 },
          ...{ average: 910, samples: 21 },
        },
        self: expect.objectContaining({ p50: 810, samples: 21 }),
        ...{ parent: './index', path: 'node_modules/sdk/20.js', version: '2.0.0' },
        share: expect.closeTo(810 / 1_010.5),
        unusedRate: expect.closeTo(10 / 21),
      });
      const byName = new Map(modules.map((one) => [one.module, one]));
      expect(byName.get('aws-sdk')).toMatchObject({
        ...{ total: { p50: 850, samples: 1 }, self: undefined, share: undefined },
        ...{ unusedRate: undefined, parent: '' },
      });
      expect(byName.get('tiny')).toMatchObject({ total: { p50: 0.7 }, unusedRate: undefined });
      expect(recommendations).toContainEqual(
        expect.objectContaining({ module: 'sdk', samples: 21 }),
      );
      expect((await get(found?.id ?? '')).coldStarts).toBe(22);
      const asked = { project: 'local', function: 'payment-service' };
      const some = { start: seconds(0), end: seconds(3) };
      expect((await answers.get({ ...asked, range: some })).coldStarts).toBe(3);
      const none = { start: seconds(100), end: seconds(200) };
      expect(await answers.get({ ...asked, range: none })).toMatchObject({
        ...{ coldStarts: 0, init: undefined, modules: [], recommendations: [] },
      });
    });

    it('finds a function by a name that looks like an id, and refuses what is none', async () => {
      const name = '00000000-0000-4000-8000-000000000001';
      await recorder.record([reportMessage([warm({ functionName: name })])]);
      expect((await get(name)).function).toMatchObject({ functionName: name });
      for (const bad of ['', 'a\0b', 'x'.repeat(300)]) {
        await expect(get(bad)).rejects.toMatchObject({ code: 'invalid_argument' });
      }
      await expect(get('nobody')).rejects.toMatchObject({ code: 'not_found' });
    });

    it('looks at 1,000 cold starts, at the modules of 200, and shows 500 of them', async () => {
      const moduleTimings = Object.fromEntries(range(600).map((index) => [`m${index}`, index + 1]));
      const wide = coldStart({ functionName: 'busy', moduleTimings, timestamp: seconds(2_000) });
      for (const part of range(12)) {
        const starts = range(100).map((index) => part * 100 + index);
        const ofPart = starts.map((at) =>
          coldStart({ functionName: 'busy', timestamp: seconds(at), moduleTimings: { a: at } }),
        );
        await recorder.record([reportMessage(ofPart)]);
      }
      await recorder.record([reportMessage([wide])]);
      const { coldStarts, init, modules } = await get('busy');
      expect(coldStarts).toBe(1_201);
      expect(init?.samples).toBe(1_000);
      expect(modules).toHaveLength(500);
      expect(modules[0]).toMatchObject({ module: 'a', total: { samples: 199, max: 1_199 } });
      expect(modules[1]).toMatchObject({ module: 'm599', total: { p50: 600 } });
    });

    const recommended = () =>
      database.query(
        `select module, samples from function_recommendations where module = 'sdk' order by kind`,
      );
    const letItRest = () => database.query('update functions set analysed_at = null');

    it('keeps the table of recommendations current, after a restart too', async () => {
      await recorder.record([reportMessage(range(20).map(heavy))]);
      // Taken, and then the recorder ended.
      const store = sqlFunctionUpkeep(() => database);
      expect(await store.takeChanged(30_000)).toMatchObject({ coldStartsWritten: 20 });
      await upkeep.round(never);
      expect(await recommended()).toEqual([]);
      await letItRest();
      await upkeep.round(never);
      const first = await recommended();
      expect(first.map((row) => [row['module'], Number(row['samples'])])).toContainEqual([
        ...['sdk', 20],
      ]);
      // Nothing new, nothing to do.
      await letItRest();
      expect(await store.takeChanged(30_000)).toBeUndefined();
      // Soon again, but not at once.
      await recorder.record([reportMessage([heavy(30)])]);
      await upkeep.round(never);
      await recorder.record([reportMessage([heavy(31)])]);
      await upkeep.round(never);
      expect(await recommended()).not.toEqual(first);
      expect((await recommended())[0]).toMatchObject({
        samples: expect.toSatisfy((it) => Number(it) === 21),
      });
      await letItRest();
      await upkeep.round(never);
      expect(Number((await recommended())[0]?.['samples'])).toBe(22);
    });

    it('recommends nothing about what the newest 5 cold starts no longer load', async () => {
      const light = (at: number) =>
        coldStart({ timestamp: seconds(100 + at), moduleTimings: { tiny: 1 } });
      const about = async () => {
        const { modules, recommendations } = await get('payment-service');
        expect(modules.map(({ module }) => module)).toEqual(expect.arrayContaining(both));
        return recommendations
          .map(({ module }) => module)
          .filter((module) => both.includes(module));
      };
      // One that details tell of, and one of a sender that knows no more than timings.
      const both = ['sdk', 'aws-sdk'];
      const timed = coldStart({ timestamp: seconds(50) });
      await recorder.record([reportMessage([...range(6).map(heavy), timed])]);
      await recorder.record([reportMessage(range(3).map(light))]);
      expect((await about()).toSorted()).toEqual(['aws-sdk', 'sdk']);
      await recorder.record([reportMessage([light(3)])]);
      expect(await about()).toEqual(['aws-sdk']);
      await upkeep.round(never);
      const stored = () => database.query('select module from function_recommendations');
      expect(await stored()).toContainEqual({ module: 'aws-sdk' });
      await recorder.record([reportMessage([light(4)])]);
      expect(await about()).toEqual([]);
      await letItRest();
      await upkeep.round(never);
      expect(await stored()).toEqual([]);
      // Timings alone tell of it again, later than the details do.
      const again = coldStart({ timestamp: seconds(200), moduleTimings: { sdk: 900 } });
      await recorder.record([reportMessage([again])]);
      expect(await about()).toEqual(['sdk']);
    });

    it('gives each changed function to one recorder', async () => {
      const names = ['a', 'b', 'c', 'd'];
      const starts = names.map((functionName) => coldStart({ functionName }));
      await recorder.record([reportMessage(starts)]);
      const stores = [sqlFunctionUpkeep(() => database), sqlFunctionUpkeep(() => database)];
      const taken = await Promise.all(
        [...stores, ...stores].map((store) => store.takeChanged(30_000)),
      );
      expect(new Set(taken.map((one) => one?.id)).size).toBe(4);
      expect(await stores[0]?.takeChanged(30_000)).toBeUndefined();
    });

    it('takes a report of a project without a row, which is then a project as any other', async () => {
      const keys = new Keys({
        store: sqlKeyStore(() => database),
        mirror: kvKeyMirror(await createMemoryBus().bucket('keys')),
        differing: () => undefined,
      });
      await recorder.record([reportMessage([coldStart(), warm()])]);
      await recorder.record([reportMessage([warm()])]);
      expect(await list('local')).toMatchObject([
        { functionName: 'payment-service', coldStartStats: { totalInvocations24h: 3 } },
      ]);
      const local = { slug: 'local', name: 'local', plan: 'standard' };
      expect(await keys.projects()).toEqual([expect.objectContaining(local)]);
      await expect(
        keys.createProject({ name: 'Mine', slug: 'local', plan: '' }),
      ).rejects.toMatchObject({ code: 'conflict' });
      const key = { project: 'local', name: 'ci', userId: '', role: '' };
      expect((await keys.createKey(key)).details).toMatchObject({ project: 'local' });
      await keys.setProjectPlan({ project: 'local', plan: 'premium' });
      // And the other way round.
      await keys.createProject({ name: 'Blue', slug: 'blue', plan: 'free' });
      await recorder.record([reportMessage([warm()], { project: 'blue' })]);
      expect(await keys.projects()).toEqual([
        expect.objectContaining({ slug: 'blue', name: 'Blue', plan: 'free' }),
        expect.objectContaining({ ...local, plan: 'premium' }),
      ]);
    });

    it('makes the row of a project once, whoever reports first', async () => {
      const store = sqlStatsStore(database);
      const other = new Recorder({ open: async () => store, outages: silentOutages() });
      const projects = range(8).map((index) => `team-${index}`);
      await Promise.all(
        [recorder, other].map((one, index) => {
          const order = index === 0 ? projects : projects.toReversed();
          return one.record(order.map((project) => reportMessage([warm()], { project })));
        }),
      );
      expect((await list('')).map(({ project }) => project).toSorted()).toEqual(projects);
      expect((await list('')).map((one) => one.coldStartStats?.totalInvocations24h)).toEqual(
        projects.map(() => 2),
      );
    });
  });
});
