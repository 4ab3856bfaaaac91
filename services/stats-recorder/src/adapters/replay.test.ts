// A day that is recorded once in order, and again as a bad day would deliver it: the same in the end.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database, Row } from '../app/ports.ts';
import { Recorder } from '../app/recorder.ts';
import type { SourceMessage } from '../domain/records.ts';
import { dayOfEvents, randomNumbers } from '../testing/day-of-events.ts';
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

/** The key of each table, and the columns that tell of the recording and not of what was recorded. */
const keys = {
  container_stats: 'id',
  warm_stock: 'sandbox_id',
  executions: 'execution_id',
  other_events: 'stream, sequence',
  dead_letters: 'stream, sequence',
};
const ofRecording = `'{created_at,updated_at}'::text[]`;

/** The observability guide's own, in an order where it leaves that open. */
const questions = [
  'SELECT AVG(startup_time_ms) as avg_startup_ms FROM container_stats WHERE startup_time_ms IS NOT NULL',
  `SELECT user_id, COUNT(*) as container_count, AVG(startup_time_ms) as avg_startup
   FROM container_stats WHERE user_id IS NOT NULL GROUP BY user_id ORDER BY user_id`,
  `SELECT container_id, s3_bucket, startup_time_ms, active_duration_ms, shutdown_reason, request_received_at
   FROM container_stats ORDER BY request_received_at DESC, id LIMIT 100`,
  `SELECT container_id, s3_bucket, request_received_at, code_server_available_at FROM container_stats
   WHERE code_server_available_at IS NULL ORDER BY request_received_at DESC, id`,
];

async function contentOf(database: Database): Promise<Record<string, readonly Row[]>> {
  const content: Record<string, readonly Row[]> = {};
  for (const [table, key] of Object.entries(keys)) {
    content[table] = await database.query(
      `select (to_jsonb(t) - ${ofRecording})::text as row from ${table} t order by ${key}`,
    );
  }
  for (const question of questions) content[question] = await database.query(question);
  return content;
}

function shuffled<T>(values: readonly T[], random: () => number): T[] {
  return values
    .map((value) => ({ value, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ value }) => value);
}

/**
 * Batches as a reader gets them that crashes now and then, before its commit or before its
 * acknowledgement; resolves with how often it did.
 */
async function deliverBadly(
  messages: readonly SourceMessage[],
  recorder: Recorder,
  random: () => number,
): Promise<number> {
  const waiting = shuffled(messages, random);
  let crashes = 0;
  while (waiting.length > 0) {
    const batch = waiting.splice(0, 1 + Math.floor(random() * 400));
    const fate = random();
    if (fate > 0.15) await recorder.record(batch);
    if (fate > 0.3) continue;
    crashes += 1;
    const place = Math.floor(random() * waiting.length);
    waiting.splice(place, 0, ...shuffled(batch, random));
  }
  return crashes;
}

describe.each([
  ['PGlite', openPgliteForTest, true],
  ['PostgreSQL', () => openPostgresForTest(programs ?? ''), programs !== undefined],
] as const)('a day in %s', (_, open, isThere) => {
  describe.skipIf(!isThere)('which is there', () => {
    let opened: OpenedDatabase;
    beforeAll(async () => {
      opened = await open();
    }, 60_000);
    afterAll(() => opened?.remove());

    it('is the same again, shuffled, with duplicates and crashes', {
      timeout: 120_000,
    }, async () => {
      const { database } = opened;
      const day = dayOfEvents({ seed: 11, requests: 2_000, onlyRows: false, oddities: true });
      const messages = day.map((message, index) => ({ ...message, sequence: index + 1 }));
      const fresh = async () => {
        await database.script('drop schema public cascade; create schema public');
        await migrate(database, await readMigrations());
        const store = sqlStatsStore(database);
        return new Recorder({ open: async () => store, outages: silentOutages() });
      };

      const inOrder = await fresh();
      for (let next = 0; next < messages.length; next += 500) {
        await inOrder.record(messages.slice(next, next + 500));
      }
      const expected = await contentOf(database);
      for (const table of Object.keys(keys))
        expect(expected[table]?.length, table).toBeGreaterThan(10);
      const skewed = 'select count(*) as rows from container_stats where clock_skewed';
      expect(Number((await database.query(skewed))[0]?.['rows'])).toBeGreaterThan(0);

      // Two readers at once, some messages to both: whatever they write in common, neither may wait
      // for a row of the other's while the other waits for one of its own.
      const recorder = await fresh();
      const random = randomNumbers(3);
      const shares = messages.map((message) => ({ message, share: random() }));
      const crashes = await Promise.all([
        deliverBadly(
          shares.filter((it) => it.share < 0.6).map((it) => it.message),
          recorder,
          randomNumbers(4),
        ),
        deliverBadly(
          shares.filter((it) => it.share > 0.4).map((it) => it.message),
          recorder,
          randomNumbers(5),
        ),
      ]);
      expect(Math.min(...crashes)).toBeGreaterThan(3);
      const found = await contentOf(database);
      for (const name of Object.keys(expected)) expect(found[name], name).toEqual(expected[name]);
    });
  });
});
