// The same statements on PGlite and on a PostgreSQL server, through the recorder's own path.
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Database, RowRejected, retainedTables } from '../app/ports.ts';
import { Recorder } from '../app/recorder.ts';
import { containerStatsRow, mergeContainerStats } from '../domain/container-stats.ts';
import type { SourceMessage } from '../domain/records.ts';
import {
  eventMessage,
  failed,
  leased,
  poison,
  received,
  requestId,
  result,
  resultMessage,
  stopped,
} from '../testing/events.ts';
import {
  type OpenedDatabase,
  openPgliteForTest,
  openPostgresForTest,
} from '../testing/open-databases.ts';
import { silentOutages } from '../testing/outages.ts';
import { postgresPrograms } from '../testing/postgres-server.ts';
import { migrate, readMigrations } from './migrate.ts';
import { sqlStatsStore } from './sql-stats-store.ts';

const programs = await postgresPrograms();

// As container-observability documents them, to the letter.
const averageStartup = `SELECT AVG(startup_time_ms) as avg_startup_ms
FROM container_stats
WHERE startup_time_ms IS NOT NULL;`;
const byUser = `SELECT user_id, COUNT(*) as container_count, AVG(startup_time_ms) as avg_startup
FROM container_stats
WHERE user_id IS NOT NULL
GROUP BY user_id;`;
const recentActivity = `SELECT 
  container_id,
  s3_bucket,
  startup_time_ms,
  active_duration_ms,
  shutdown_reason,
  request_received_at
FROM container_stats
ORDER BY request_received_at DESC
LIMIT 100;`;
const failedStartups = `SELECT 
  container_id,
  s3_bucket,
  request_received_at,
  code_server_available_at
FROM container_stats
WHERE code_server_available_at IS NULL
ORDER BY request_received_at DESC;`;

if (programs === undefined) console.log('skipped: PostgreSQL is not installed below /usr/lib');

describe.each([
  ['PGlite', openPgliteForTest, true],
  ['PostgreSQL', () => openPostgresForTest(programs ?? ''), programs !== undefined],
] as const)('recording in %s', (_, open, isThere) => {
  describe.skipIf(!isThere)('which is there', () => {
    let opened: OpenedDatabase;
    let database: Database;
    let recorder: Recorder;

    beforeAll(async () => {
      opened = await open();
      database = opened.database;
      await migrate(database, await readMigrations());
      const store = sqlStatsStore(database);
      recorder = new Recorder({ open: async () => store, outages: silentOutages() });
    }, 60_000);
    afterAll(() => opened?.remove());
    beforeEach(async () => {
      for (const table of retainedTables) {
        await database.query(`delete from ${table}`);
      }
    });

    it('applies migrations once, and refuses one that was changed', async () => {
      const migrations = await readMigrations();
      expect(await migrate(database, migrations)).toEqual([]);
      const changed = migrations.map((one) => ({ ...one, sql: `${one.sql} -- changed` }));
      await expect(migrate(database, changed)).rejects.toMatchObject({
        code: 'failed_precondition',
      });
    });

    it("answers the observability guide's own queries", async () => {
      const other = 'aaaaaaaa-8f6a-4a9e-9c55-0d4f6a7b8c9d';
      await recorder.record([leased(), stopped(), failed({ requestId: other })].map(eventMessage));
      expect(Number((await database.query(averageStartup))[0]?.['avg_startup_ms'])).toBe(2);
      const users = await database.query(byUser);
      expect(users.map((row) => [row['user_id'], Number(row['container_count'])])).toEqual([
        ['ada', 2],
      ]);
      expect(await database.query(recentActivity)).toHaveLength(2);
      expect(await database.query(failedStartups)).toEqual([
        expect.objectContaining({ container_id: 'sb_n1_i1_2', s3_bucket: 'books' }),
      ]);
    });

    it('makes one row of a lease and its end, with the times that lie between', async () => {
      await recorder.record([eventMessage(leased())]);
      await recorder.record([eventMessage(stopped())]);
      expect(await database.query('select * from container_stats')).toEqual([
        expect.objectContaining({
          id: requestId,
          startup_time_ms: 2,
          active_duration_ms: 10_000,
          shutdown_reason: 'manual',
          from_warm_pool: true,
          app_init_ms: 15,
        }),
      ]);
    });

    it('stores the same row whatever the order, the repetition and the batches', async () => {
      const lost = { sandboxId: 'sb_n0_i1_9', availableAt: new Date(received.getTime() + 1) };
      const events = [leased(), stopped(), failed(), leased(lost)];
      const stored = async () => {
        const [row] = await database.query('select to_jsonb(c) as row from container_stats c');
        return row?.['row'];
      };
      const expected = mergeContainerStats(
        containerStatsRow(leased()),
        containerStatsRow(stopped()),
      );
      const times = ['request_received_at', 'code_server_available_at', 'container_stopped_at'];
      const timeless = Object.fromEntries(
        Object.entries({ ...expected }).filter(
          ([key]) => !times.includes(key) && !/_at$/.test(key),
        ),
      );
      const order = fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 6 });
      await fc.assert(
        fc.asyncProperty(order, fc.integer({ min: 1, max: 6 }), async (more, size) => {
          await database.query('delete from container_stats');
          const all = [...more, 0, 1, 2, 3].map((index) => eventMessage(events[index] ?? leased()));
          for (let next = 0; next < all.length; next += size) {
            await recorder.record(all.slice(next, next + size));
          }
          expect(await stored()).toMatchObject(timeless);
        }),
        { numRuns: 25 },
      );
    });

    it('keeps stock that was never leased apart', async () => {
      const unasked = { requestId: '', availableAt: undefined, requestReceivedAt: undefined };
      const event = stopped({ ...unasked, stopReason: 'evicted' });
      await recorder.record([eventMessage(event), eventMessage(event)]);
      expect(await database.query('select * from container_stats')).toEqual([]);
      const [row] = await database.query('select * from warm_stock');
      expect(row).toMatchObject({ sandbox_id: 'sb_n1_i1_1', stop_reason: 'evicted' });
      expect(Number(row?.['idle_ms'])).toBe(14_972);
    });

    it('keeps results however their JSON is laid out', async () => {
      const odd = resultMessage(result({ executionId: 'odd', message: 'a\x1fb\nnull' }));
      const wide = resultMessage(result({ executionId: 'wide' }));
      const data = Buffer.from(JSON.stringify(JSON.parse(`${Buffer.from(wide.data)}`), null, '\t'));
      await recorder.record([odd, { ...wide, data }]);
      const sql = `select execution_id, result->>'message' as text,
        result->>'execution_id' as told from executions order by execution_id`;
      expect(await database.query(sql)).toMatchObject([
        { execution_id: 'odd', told: 'odd', text: 'a\x1fb\nnull' },
        { execution_id: 'wide', told: 'wide' },
      ]);
    });

    it('keeps the first result of an execution, output included', async () => {
      await recorder.record([resultMessage(result()), resultMessage(result({ status: 'failed' }))]);
      await recorder.record([resultMessage(result({ status: 'timeout' }))]);
      const sql = `select status, result->'stdout'->>'data' as stdout from executions`;
      const stdout = Buffer.from('hello\0\n').toString('base64');
      expect(await database.query(sql)).toEqual([{ status: 'completed', stdout }]);
    });

    it('puts aside what cannot be recorded, and records the rest', async () => {
      const bad = [
        poison('not json'),
        poison('{"request_id":"nobody"}'),
        eventMessage(leased({ requestReceivedAt: undefined })),
        eventMessage(leased({ detail: 'a\0b' })),
        resultMessage(result({ executionId: 'x2', attempt: 2 ** 40 })),
        // Incompressible, and longer than an index takes.
        eventMessage(leased({ userId: randomBytes(4_000).toString('hex') })),
      ];
      const good = [eventMessage(leased()), resultMessage(result())];
      await recorder.record([...bad.slice(0, 3), ...good, ...bad.slice(3)]);
      await recorder.record(bad);
      const letters = await database.query('select * from dead_letters order by sequence');
      expect(letters).toHaveLength(bad.length);
      expect(letters.map((row) => row['reason'])).toEqual([
        expect.stringContaining('not JSON'),
        expect.stringContaining('sandbox_id: is missing'),
        expect.stringContaining('request_received_at: is missing'),
        expect.stringContaining('detail: contains NUL'),
        expect.stringMatching(/out of range/),
        expect.stringMatching(/exceeds .* maximum/),
      ]);
      expect(Buffer.from(letters[0]?.['payload'] as Uint8Array).toString()).toBe('not json');
      expect(await database.query('select 1 from container_stats')).toHaveLength(1);
      expect(await database.query('select 1 from executions')).toHaveLength(1);
    });

    it('keeps to the letter what a later version sends', async () => {
      const unknown = { ...eventMessage(leased()), subject: 'sandbox.event.migrated.python' };
      const text = '{"type": "migrated", "to": "n9", "bytes": 12345678901234567890}';
      const migrated = { ...unknown, data: Buffer.from(text) };
      await recorder.record([migrated, migrated]);
      await recorder.record([migrated]);
      expect(await database.query('select type, subject, event::text from other_events')).toEqual([
        { type: 'migrated', subject: unknown.subject, event: text },
      ]);
    });

    it('keeps fields that it does not know, whichever event comes first', async () => {
      const more = (message: SourceMessage, fields: object) => {
        const known: object = JSON.parse(Buffer.from(message.data).toString());
        return { ...message, data: Buffer.from(JSON.stringify({ ...known, ...fields })) };
      };
      const events = [
        more(eventMessage(leased()), { zone: 'a', phases: { thaw_ms: 3 } }),
        more(eventMessage(stopped()), { zone: 'b' }),
        more(resultMessage(result()), { zone: 'c' }),
      ];
      const extra = { leased: { zone: 'a', phases: { thaw_ms: 3 } }, stopped: { zone: 'b' } };
      for (const order of [events, events.toReversed()]) {
        await database.query('delete from container_stats');
        for (const event of order) await recorder.record([event]);
        expect(await database.query('select extra from container_stats')).toEqual([{ extra }]);
      }
      const zones = await database.query("select result->>'zone' as zone from executions");
      expect(zones).toEqual([{ zone: 'c' }]);
    });

    it('flags clocks that went back, in whatever order and batches it comes to know', async () => {
      const availableAt = new Date(received.getTime() - 1);
      const events = [leased({ availableAt }), stopped({ availableAt, stoppedAt: new Date(0) })];
      const orders = [events, events.toReversed(), [leased(), ...events], [...events, leased()]];
      for (const order of orders) {
        await database.query('delete from container_stats');
        for (const event of order) await recorder.record([eventMessage(event)]);
        expect(
          await database.query('select clock_skewed, active_duration_ms from container_stats'),
        ).toEqual([{ clock_skewed: true, active_duration_ms: 0 }]);
      }
    });

    it('rolls back what fails, and tells bad values from other faults', async () => {
      const attempt = database.transaction(async (session) => {
        await session.query('insert into executions select * from executions where false');
        await session.query('insert into dead_letters (stream) values (null)');
      });
      await expect(attempt).rejects.toBeInstanceOf(RowRejected);
      await expect(database.query('select no_such_column')).rejects.not.toBeInstanceOf(RowRejected);
      expect(await database.query('select 1 as one')).toEqual([{ one: 1 }]);
    });
  });
});
