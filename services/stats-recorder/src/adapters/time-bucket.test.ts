// The stand-in for TimescaleDB's time_bucket, which must agree with it, and step back for it.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../app/ports.ts';
import {
  type OpenedDatabase,
  openPgliteForTest,
  openPostgresForTest,
} from '../testing/open-databases.ts';
import { postgresPrograms } from '../testing/postgres-server.ts';
import { migrate, readMigrations } from './migrate.ts';

const programs = await postgresPrograms();
if (programs === undefined) console.log('skipped: PostgreSQL is not installed below /usr/lib');

const originMs = Date.UTC(2000, 0, 3);
const minuteMs = 60_000;
const widths = {
  ...{ '5 minutes': 5 * minuteMs, '1 hour': 60 * minuteMs, '7 hours': 420 * minuteMs },
  ...{ '1 day': 1_440 * minuteMs, '1 week': 10_080 * minuteMs },
};

describe.each([
  ['PGlite', openPgliteForTest, true],
  ['PostgreSQL', () => openPostgresForTest(programs ?? ''), programs !== undefined],
] as const)('time_bucket in %s', (_, open, isThere) => {
  describe.skipIf(!isThere)('which is there', () => {
    let opened: OpenedDatabase;
    let database: Database;
    const bucket = async (width: string, at: Date) => {
      const sql = 'select time_bucket($1::interval, $2::timestamptz) as at';
      return (await database.query(sql, [width, at.toISOString()]))[0]?.['at'];
    };

    beforeAll(async () => {
      opened = await open();
      database = opened.database;
    }, 60_000);
    afterAll(() => opened?.remove());

    it("leaves the extension's own alone", async () => {
      const migrations = await readMigrations();
      const rollBack = new Error('enough seen');
      const trying = database.transaction(async (session) => {
        await session.script(
          `create function time_bucket(width interval, ts timestamptz) returns timestamptz
             language sql as 'select timestamptz ''epoch'''`,
        );
        for (const { sql } of migrations) await session.script(sql);
        expect(await session.query(`select time_bucket('1 hour', now()) as at`)).toEqual([
          { at: new Date(0) },
        ]);
        throw rollBack;
      });
      await expect(trying).rejects.toBe(rollBack);
    });

    it('counts from a Monday, before it too', async () => {
      await migrate(database, await readMigrations());
      const time = fc.date({
        min: new Date('1990-01-01'),
        max: new Date('2100-01-01'),
        noInvalidDate: true,
      });
      const width = fc.constantFrom(...Object.entries(widths));
      await fc.assert(
        fc.asyncProperty(width, time, async ([name, ms], at) => {
          const expected = originMs + Math.floor((at.getTime() - originMs) / ms) * ms;
          expect(await bucket(name, at)).toEqual(new Date(expected));
        }),
        { numRuns: 60 },
      );
    });
  });
});
