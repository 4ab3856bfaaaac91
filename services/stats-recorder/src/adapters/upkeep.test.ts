// What a database is asked beside recording: samples of the pools, and deleting what is old.
import { ManualClock } from '@pilotlight/lifecycle';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Database, retainedTables, type StatsStore } from '../app/ports.ts';
import { Recorder } from '../app/recorder.ts';
import { deleteOld, retain } from '../app/retention.ts';
import {
  eventMessage,
  leased,
  poison,
  received,
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
if (programs === undefined) console.log('skipped: PostgreSQL is not installed below /usr/lib');

const dayMs = 24 * 3_600_000;
const daysAfter = (days: number) => new Date(received.getTime() + days * dayMs);
const never = new AbortController().signal;

describe.each([
  ['PGlite', openPgliteForTest, true],
  ['PostgreSQL', () => openPostgresForTest(programs ?? ''), programs !== undefined],
] as const)('upkeep of %s', (_, open, isThere) => {
  describe.skipIf(!isThere)('which is there', () => {
    let opened: OpenedDatabase;
    let database: Database;
    let store: StatsStore;
    let recorder: Recorder;

    beforeAll(async () => {
      opened = await open();
      database = opened.database;
      await migrate(database, await readMigrations());
      store = sqlStatsStore(database);
      recorder = new Recorder({ open: async () => store, outages: silentOutages() });
    }, 60_000);
    afterAll(() => opened?.remove());
    beforeEach(async () => {
      for (const table of retainedTables) await database.query(`delete from ${table}`);
    });

    const rowsOf = async () =>
      Object.fromEntries(
        await Promise.all(
          retainedTables.map(async (table) => {
            const [row] = await database.query(`select count(*) as rows from ${table}`);
            return [table, Number(row?.['rows'])] as const;
          }),
        ),
      );

    /** One row in every table, all of `received`. */
    async function recordOneOfEach(): Promise<void> {
      const unasked = { requestId: '', availableAt: undefined, requestReceivedAt: undefined };
      const other = { ...eventMessage(leased()), subject: 'sandbox.event.migrated.python' };
      const stock = eventMessage(stopped({ ...unasked, stopReason: 'evicted' }));
      const messages = [
        eventMessage(stopped()),
        stock,
        resultMessage(result()),
        other,
        poison('{'),
      ];
      await recorder.record(messages);
      const sampled_at = received.toISOString();
      const counts = { target: 2, ready: 1, creating: 1, leased: 0, waiting: 0, nodes: 1 };
      await store.writePoolSamples([{ sampled_at, template: 'python', ...counts }]);
      for (const table of ['other_events', 'dead_letters']) {
        await database.query(`update ${table} set created_at = $1`, [sampled_at]);
      }
    }

    it('deletes what is older than so many days, from every table', async () => {
      await recordOneOfEach();
      const all = Object.fromEntries(retainedTables.map((table) => [table, 1]));
      expect(await rowsOf()).toEqual(all);
      const clock = new ManualClock(daysAfter(29));
      const logger = { info: () => undefined, warn: () => undefined };
      await deleteOld({ recorder, clock, days: 30, invocationDays: 0, logger }, never);
      expect(await rowsOf()).toEqual(all);
      const later = new ManualClock(daysAfter(31));
      const ended = new AbortController();
      const retaining = retain(
        { recorder, clock: later, days: 30, invocationDays: 0, logger },
        ended.signal,
      );
      while (Object.values(await rowsOf()).some((rows) => rows > 0)) later.advance(50);
      ended.abort();
      await retaining;
    });

    it('goes by created_at where a row does not say when it was', async () => {
      const unasked = { requestId: '', availableAt: undefined, requestReceivedAt: undefined };
      await recorder.record([
        resultMessage(result({ finishedAt: undefined })),
        eventMessage(stopped({ ...unasked, at: undefined, stoppedAt: undefined })),
      ]);
      const yesterday = new Date(Date.now() - dayMs);
      for (const table of ['executions', 'warm_stock'] as const) {
        expect(await store.deleteBefore(table, yesterday, 10)).toBe(0);
        await database.query(`update ${table} set created_at = $1`, [new Date(0)]);
        expect(await store.deleteBefore(table, yesterday, 10)).toBe(1);
      }
    });

    it('deletes a little at a time, and records meanwhile', async () => {
      await database.query(
        `insert into pool_samples select $1::timestamptz + i * interval '10 s', 'python', 0, 0, 0, 0, 0, 0
         from generate_series(1, 2500) i`,
        [received.toISOString()],
      );
      const deleted: number[] = [];
      const watched: StatsStore = {
        ...store,
        async deleteBefore(...args) {
          const rows = await store.deleteBefore(...args);
          await recorder.record([eventMessage(leased({ requestReceivedAt: daysAfter(60) }))]);
          if (args[0] === 'pool_samples') deleted.push(rows);
          return rows;
        },
      };
      const clock = new ManualClock(daysAfter(60));
      const limited = new Recorder({ open: async () => watched, outages: silentOutages() });
      const logger = { info: () => undefined, warn: () => undefined };
      const deleting = deleteOld(
        { recorder: limited, clock, days: 30, invocationDays: 0, logger },
        never,
      );
      let isOver = false;
      void deleting.then(() => {
        isOver = true;
      });
      while (!isOver) {
        clock.advance(50);
        await new Promise(setImmediate);
      }
      expect(deleted).toEqual([1_000, 1_000, 500]);
      expect(await rowsOf()).toMatchObject({ pool_samples: 0, container_stats: 1 });
    });

    it('keeps one sample of each slot and template, the first', async () => {
      const sampled_at = received.toISOString();
      const sample = {
        sampled_at,
        target: 2,
        ready: 1,
        creating: 1,
        leased: 0,
        waiting: 0,
        nodes: 1,
      };
      await store.writePoolSamples([{ ...sample, template: 'python' }]);
      await store.writePoolSamples([
        { ...sample, template: 'python', ready: 2 },
        { ...sample, template: 'go' },
      ]);
      const rows = await database.query('select template, ready from pool_samples order by 1');
      expect(rows).toEqual([
        { template: 'go', ready: 1 },
        { template: 'python', ready: 1 },
      ]);
    });
  });
});
