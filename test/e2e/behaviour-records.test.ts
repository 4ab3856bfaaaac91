// What the database holds of leases and runs after the platform has stopped.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { startPlatform } from '@pilotlight/cli/platform';
import type { StartPhases } from '@pilotlight/contracts';
import { describe, expect, it } from 'vitest';
import { defaultTemplates, usePlatform } from './fixture.ts';
import { until } from './until.ts';

interface Row {
  readonly container_id: string;
  readonly user_id: string;
  readonly s3_bucket: string;
  readonly shutdown_reason: string | null;
  readonly stop_reason: string | null;
  readonly startup_time_ms: number;
  readonly active_duration_ms: number;
  readonly from_warm_pool: boolean;
  readonly total_ms: number;
  readonly execution_id: string | null;
  readonly execution_status: string | null;
}

describe('container_stats', () => {
  const under = usePlatform({ driver: 'oci' });

  it('has one row for each lease and run, with whose it was and how it ended', async () => {
    const { client } = under;
    const s3Bucket = randomUUID();
    const lease = async (userId: string, more = {}) => {
      const options = { template: 'shell', userId, s3Bucket, ...more };
      return client.acquire(options);
    };
    const run = (id: string, code: string) =>
      client.run({ id, language: 'sh', code, userId: id, s3Bucket, timeoutSeconds: 1 });
    const released = await lease('released');
    await released.exec(['true']);
    const held = await lease('held');
    await run('completed', 'exit 3');
    await run('timed-out', 'sleep 60');
    await released.release();
    await under.platform.stop();

    const rows = await recorded(4, under.dataDir, s3Bucket);
    const byUser = new Map(rows.map((row) => [row.user_id, row]));
    expect(byUser.get('released')).toMatchObject({
      ...{ container_id: released.id, shutdown_reason: 'manual', stop_reason: 'manual' },
      ...{
        from_warm_pool: released.lease.fromWarmPool,
        total_ms: totalOf(released.lease.phases),
        execution_id: null,
      },
    });
    expect(byUser.get('held')).toMatchObject({ container_id: held.id, stop_reason: 'evicted' });
    expect(byUser.get('completed')).toMatchObject({
      ...{ execution_id: 'completed', execution_status: 'completed', stop_reason: 'completed' },
    });
    expect(byUser.get('timed-out')).toMatchObject({
      ...{ execution_id: 'timed-out', execution_status: 'timeout' },
      ...{ shutdown_reason: 'resource_limit', stop_reason: 'resource_limit' },
    });
    expect(byUser.get('timed-out')?.active_duration_ms).toBeGreaterThanOrEqual(1_000);
    for (const row of rows) expect(row.startup_time_ms).toBeGreaterThanOrEqual(0);
  });
});

function totalOf(phases: StartPhases | undefined): unknown {
  return expect.closeTo(phases?.totalMs ?? Number.NaN, 3);
}

/** What was not recorded before the stop is after the next start: it waits in its stream. */
function recorded(count: number, dataDir: string, s3Bucket: string): Promise<readonly Row[]> {
  return until(`${count} rows are recorded`, async () => {
    const rows = await rowsOf(join(dataDir, 'database'), s3Bucket);
    if (rows.length === count && rows.every((row) => row.stop_reason !== null)) return rows;
    const again = await startPlatform({ dataDir, driver: 'oci', templates: defaultTemplates });
    await again.stop();
    return false;
  });
}

async function rowsOf(directory: string, s3Bucket: string): Promise<readonly Row[]> {
  const database = await PGlite.create(directory);
  try {
    const sql = 'select * from container_stats where s3_bucket = $1';
    return (await database.query<Row>(sql, [s3Bucket])).rows;
  } finally {
    await database.close();
  }
}
