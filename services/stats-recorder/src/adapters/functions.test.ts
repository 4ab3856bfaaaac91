// What functions report becomes rows, on PGlite and on a PostgreSQL server.
import { ManualClock } from '@pilotlight/lifecycle';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../app/ports.ts';
import { Recorder } from '../app/recorder.ts';
import { retain } from '../app/retention.ts';
import { poison } from '../testing/events.ts';
import {
  type OpenedDatabase,
  openPgliteForTest,
  openPostgresForTest,
} from '../testing/open-databases.ts';
import { silentOutages } from '../testing/outages.ts';
import { postgresPrograms } from '../testing/postgres-server.ts';
import { coldStart, reportedAt, reportMessage, warm } from '../testing/reports.ts';
import { migrate, readMigrations } from './migrate.ts';
import { sqlStatsStore } from './sql-stats-store.ts';

const programs = await postgresPrograms();
if (programs === undefined) console.log('skipped: PostgreSQL is not installed below /usr/lib');

const dayMs = 86_400_000;
const hours = (count: number) => new Date(reportedAt.getTime() + count * 3_600_000);

const onDatabase = (database: Database) =>
  new Recorder({ open: async () => sqlStatsStore(database), outages: silentOutages() });

describe.each([
  ['PGlite', openPgliteForTest, true],
  ['PostgreSQL', () => openPostgresForTest(programs ?? ''), programs !== undefined],
] as const)('reports of functions in %s', (_, open, isThere) => {
  describe.skipIf(!isThere)('which is there', () => {
    let opened: OpenedDatabase;
    let database: Database;
    let recorder: Recorder;

    beforeAll(async () => {
      opened = await open();
      database = opened.database;
      await migrate(database, await readMigrations());
      recorder = onDatabase(database);
    }, 60_000);
    afterAll(() => opened?.remove());
    beforeEach(async () => {
      for (const table of ['projects', 'dead_letters']) {
        await database.query(`delete from ${table}`);
      }
    });

    const count = async (table: string) =>
      Number((await database.query(`select count(*) as rows from ${table}`))[0]?.['rows']);

    const partitions = async () => {
      const sql = `select inhrelid::regclass::text as name from pg_inherits
        where inhparent = 'invocations'::regclass order by 1`;
      return (await database.query(sql)).map((row) => String(row['name']));
    };
    const dropAll = async () => {
      for (const name of await partitions()) await database.query(`drop table ${name}`);
    };

    it("makes the specification's rows of its example", async () => {
      await recorder.record([
        reportMessage([
          coldStart({ region: 'us-east-1', clockSkewMs: 7 }),
          warm({ invocationId: '', requestId: '', timestamp: hours(1) }),
        ]),
      ]);
      const rows = await database.query(
        `select i.*, f.function_name from invocations i join functions f on f.id = i.function_id
         order by i.timestamp`,
      );
      expect(rows).toEqual([
        expect.objectContaining({
          ...{ function_name: 'payment-service', invocation_id: 'abc-123-def' },
          ...{ request_id: 'req-456', timestamp: reportedAt, cold_start: true },
          ...{ init_duration_ms: 2_850, execution_duration_ms: 145, billed_duration_ms: 3_000 },
          ...{ memory_used_mb: 180, memory_allocated_mb: 512, region: 'us-east-1' },
          module_timings: {
            ...{ 'aws-sdk': 850, '@prisma/client': 680, moment: 340, lodash: 180, axios: 95 },
            './src/handlers/payment': 45,
          },
          ...{ runtime_version: 'nodejs18.x', architecture: 'x86_64', module_details: null },
        }),
        expect.objectContaining({
          ...{ invocation_id: null, request_id: null, cold_start: false },
          ...{ init_duration_ms: null, module_timings: null, clock_skew_ms: null },
        }),
      ]);
      expect(Number(rows[0]?.['clock_skew_ms'])).toBe(7);
      expect(await database.query('select * from functions')).toEqual([
        expect.objectContaining({
          ...{ runtime: 'nodejs18.x', region: 'us-east-1', memory_allocated_mb: 512 },
          ...{ first_seen_at: reportedAt, last_seen_at: hours(1) },
        }),
      ]);
    });

    it('writes once what is delivered, or reported, again', async () => {
      const invocations = [coldStart(), warm(), warm()];
      const message = reportMessage(invocations);
      await recorder.record([message, message]);
      await recorder.record([message]);
      await onDatabase(database).record([reportMessage(invocations)]);
      expect(await count('invocations')).toBe(3);
      expect(await count('functions')).toBe(1);
    });

    it('knows a row by its id where the clock was ahead, and its time is that of receipt', async () => {
      const skewed = coldStart({ clockSkewMs: 600_000 });
      await recorder.record([reportMessage([skewed])]);
      await recorder.record([reportMessage([{ ...skewed, timestamp: hours(1 / 60) }])]);
      expect(await count('invocations')).toBe(1);
    });

    it('keeps first, last and newest of a function, whatever the order', async () => {
      const times = [0, 1, 2, 3];
      const invocations = times.map((at) =>
        warm({ timestamp: hours(at), region: `r${at}`, memoryAllocatedMb: 128 * (at + 1) }),
      );
      await fc.assert(
        fc.asyncProperty(
          fc.shuffledSubarray(times, { minLength: 4 }),
          fc.integer({ min: 1, max: 4 }),
          async (order, size) => {
            await database.query('delete from functions');
            for (let next = 0; next < order.length; next += size) {
              const part = order.slice(next, next + size);
              await recorder.record(part.map((at) => reportMessage([invocations[at] ?? {}])));
            }
            expect(await database.query('select * from functions')).toEqual([
              expect.objectContaining({
                ...{ first_seen_at: hours(0), last_seen_at: hours(3) },
                ...{ region: 'r3', memory_allocated_mb: 512 },
              }),
            ]);
          },
        ),
        { numRuns: 12 },
      );
    });

    it('puts aside what cannot be recorded, and records the rest', async () => {
      const good = reportMessage([warm()]);
      const elsewhere = reportMessage([warm()], { project: 'elsewhere' });
      const bad = [
        { ...good, data: poison('not json').data },
        { ...elsewhere, subject: good.subject },
        reportMessage([warm(), warm({ timestamp: new Date(0) })]),
        reportMessage([warm({ timestamp: hours(48) })]),
        reportMessage([warm({ functionName: '' })]),
        reportMessage([warm({ functionName: 'a\0b' })]),
        reportMessage([warm({ functionName: 'f'.repeat(256) })]),
        reportMessage([coldStart({ moduleTimings: { a: -1 } })]),
      ].map((message, index) => ({ ...message, sequence: 1_000_000 + index }));
      await recorder.record([...bad, good]);
      expect(await count('invocations')).toBe(1);
      const rows = await database.query('select reason from dead_letters order by sequence');
      expect(rows.map((row) => row['reason'])).toEqual([
        expect.stringMatching(/not JSON/),
        expect.stringMatching(/project: is not that of the subject/),
        expect.stringMatching(/invocations\[1\].timestamp: is too far/),
        expect.stringMatching(/timestamp: is too far/),
        expect.stringMatching(/no function_name/),
        expect.stringMatching(/contains NUL/),
        expect.stringMatching(/too long/),
        expect.stringMatching(/module_timings: has a duration that is none/),
      ]);
    });

    it('takes any name of a module', async () => {
      const names = ['__proto__', 'constructor', `a"b\\c{},'; drop table invocations; --`, '\n\t'];
      const odd = [...names, '名前/😀', 'x'.repeat(10_000), '$1', '%s', ' ', 'NULL'];
      const timings = Object.fromEntries(odd.map((name, index) => [name, index + 1]));
      // As JSON, because a message's own writer has no `__proto__`.
      const message = reportMessage([coldStart({ moduleTimings: {} })]);
      const report = JSON.parse(Buffer.from(message.data).toString());
      report.invocations[0].module_timings = { ...timings, 'a\0b': 50, 'half \ud83d': 51 };
      Object.defineProperty(report.invocations[0].module_timings, '__proto__', {
        ...{ value: 1, enumerable: true },
      });
      const details = odd.map((module) => ({ module, self_ms: 2, parent: module, path: module }));
      report.invocations[0].module_details = [...details, { module: 'a\0b', self_ms: 1 }];
      await recorder.record([{ ...message, data: Buffer.from(JSON.stringify(report)) }]);
      const sql = `select key, value::text from invocations, jsonb_each_text(module_timings)`;
      const stored = await database.query(sql);
      const entries = stored.map((row) => [row['key'], Number(row['value'])]);
      const expected = odd.map((name, index) => [name, index + 1]);
      const replaced = [
        ['a\u{fffd}b', 50],
        ['half \u{fffd}', 51],
      ];
      expect(entries.toSorted()).toEqual([...expected, ...replaced].toSorted());
      const modules = `select load->>'module' as module from invocations,
        jsonb_array_elements(module_details) load`;
      expect((await database.query(modules)).map((row) => row['module'])).toEqual([
        ...odd,
        'a\u{fffd}b',
      ]);
      expect(await count('dead_letters')).toBe(0);
    });

    it('makes a partition for each month of what it writes, and the next, once', async () => {
      await dropAll();
      const oldest = new Date(reportedAt.getTime() - 399 * dayMs);
      const messages = [
        reportMessage([warm(), warm({ timestamp: oldest })]),
        reportMessage([warm({ timestamp: new Date('2025-12-31T23:59:59.999Z') })]),
      ];
      const recorders = [recorder, onDatabase(database), onDatabase(database)];
      await Promise.all(recorders.flatMap((one) => messages.map((each) => one.record([each]))));
      expect(await partitions()).toEqual([
        ...['invocations_y2024m11', 'invocations_y2025m12', 'invocations_y2026m01'],
        'invocations_y2026m02',
      ]);
      expect(await count('invocations')).toBe(3);
      expect(await count('invocations_y2025m12')).toBe(1);
    });

    it('writes all or nothing, and all after a crash in the middle', async () => {
      const message = reportMessage([coldStart(), warm()]);
      let crashes = 1;
      const breaking = onDatabase({
        ...database,
        transaction: (work) =>
          database.transaction(async (session) => {
            const result = await work(session);
            if (crashes-- > 0) throw new Error('the machine went away');
            return result;
          }),
      });
      await expect(breaking.record([message])).rejects.toThrow('went away');
      expect([await count('functions'), await count('invocations')]).toEqual([0, 0]);
      await onDatabase(database).record([message]);
      expect([await count('functions'), await count('invocations')]).toEqual([1, 2]);
    });

    it('drops whole months that are old, and functions that nobody saw since', async () => {
      await dropAll();
      const november = new Date('2025-11-30T23:00:00Z');
      const gone = reportMessage([warm({ functionName: 'gone', timestamp: november })]);
      await recorder.record([
        reportMessage([warm(), warm({ timestamp: november })]),
        gone,
        reportMessage([warm({ timestamp: new Date('2025-12-01T00:00:00Z') })]),
      ]);
      const clock = new ManualClock(new Date('2025-12-31T12:00:00Z'));
      const logger = { info: () => undefined, warn: () => undefined };
      const ended = new AbortController();
      const options = { recorder, clock, days: 0, invocationDays: 30, logger };
      const retaining = retain(options, ended.signal);
      while ((await partitions()).includes('invocations_y2025m11')) clock.advance(50);
      ended.abort();
      await retaining;
      expect(await partitions()).toEqual([
        ...['invocations_y2025m12', 'invocations_y2026m01', 'invocations_y2026m02'],
      ]);
      expect(await count('invocations')).toBe(2);
      const names = await database.query('select function_name from functions');
      expect(names.map((row) => row['function_name'])).toEqual(['payment-service']);
      // What comes late all the same has its month again until the next time.
      await recorder.record([gone]);
      expect(await count('invocations')).toBe(3);
    });
  });
});
