// Serverless functions report to the running platform, as seed 001 writes it, and each report is one row.
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { beforeAll, describe, expect, it } from 'vitest';
import { seedExample } from '../../services/gateway/src/testing/invocations.ts';
import { usePlatform } from './fixture.ts';
import { until } from './until.ts';

const dayMs = 86_400_000;
/** Older reports are refused; the seed's own day will be that old one day. */
const isSeedsDayRefused = Date.now() - Date.parse(seedExample.timestamp) > 399 * dayMs;
if (isSeedsDayRefused) console.log("The seed's example is sent with another day than the seed's.");
const example = isSeedsDayRefused
  ? { ...seedExample, timestamp: new Date(Date.now() - dayMs).toISOString() }
  : seedExample;
const project = 'shop';

interface Recorded {
  readonly id: string;
  readonly function_name: string;
  readonly cold_start_stats: { readonly total_invocations_24h: number };
}

describe('functions that report', () => {
  const under = usePlatform({ templates: ['shell'] });
  let key: string;
  let otherKey: { readonly key: string; readonly details: { readonly id: string } };
  /** What was taken in, by invocation_id. */
  const takenIn = new Set<string>();

  beforeAll(async () => {
    const { keys } = under.client;
    await until(
      'the database answers',
      () =>
        keys.createProject({ name: project }).catch((error: { code?: string }) => {
          if (error.code !== 'unavailable') throw error;
          return undefined;
        }),
      90_000,
    );
    key = (await keys.create({ project })).key;
    otherKey = await keys.create({ project });
  });

  async function call(path: string, body?: unknown, withKey = key) {
    const answer = await fetch(`${under.platform.endpoints.http}/api/v1${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'X-API-Key': withKey, 'Content-Type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const { status, headers } = answer;
    return { status, headers, json: (await answer.json()) as Record<string, unknown> };
  }

  /** Invocations of the last minutes, as a function's own clock tells them. */
  const now = (id: string, more: object = {}) => ({
    ...{ ...seedExample, invocation_id: id, timestamp: new Date().toISOString() },
    ...{ function_name: 'checkout', ...more },
  });
  const remember = (...ids: string[]) => {
    for (const id of ids) takenIn.add(id);
  };

  it('are answered as the seed writes it, one by one and in batches', async () => {
    const single = await call('/ingest', example);
    expect(single).toMatchObject({ status: 200 });
    expect(single.json).toEqual({ status: 'ok', invocation_id: 'abc-123-def' });
    remember('abc-123-def');
    const invocations = ['b-1', 'b-2', 'b-3'].map((id) => now(id, { region: 'us-east-1' }));
    const batch = await call('/ingest/batch', { invocations });
    expect(batch.json).toEqual({ status: 'ok', processed: 3, failed: 0 });
    remember('b-1', 'b-2', 'b-3');
    expect(
      Number(/"request";q=(\d+);w=60/.exec(batch.headers.get('ratelimit-policy') ?? '')?.[1]),
    ).toBe(10_000);
  });

  it('are refused what is wrong, and keep what is right', async () => {
    const bad = await call('/ingest', { ...example, cold_start: 'yes' });
    expect(bad).toMatchObject({ status: 400, json: { detail: 'Validation error' } });
    expect(bad.json['errors']).toEqual([{ field: 'cold_start', problem: expect.any(String) }]);
    const invocations = [now('p-1'), { ...now('p-2'), execution_duration_ms: -1 }, now('p-3')];
    const partial = await call('/ingest/batch', { invocations });
    expect(partial.json).toMatchObject({
      ...{ status: 'ok', processed: 2, failed: 1 },
      errors: [{ index: 1, invocation_id: 'p-2' }],
    });
    remember('p-1', 'p-3');
  });

  it('may report the strangest modules', async () => {
    const module_timings = Object.fromEntries([
      ...Array.from({ length: 10_000 }, (_, index) => [`m${index}`, index + 2]),
      ...[
        ['__proto__', 20_000],
        ['a\0b', 30_000],
        ['\ud800', 40_000],
        ['x'.repeat(5_000), 50_000],
      ],
    ]) as Record<string, number>;
    const answer = await call('/ingest', now('odd', { function_name: 'odd', module_timings }));
    expect(answer.status).toBe(200);
    remember('odd');
  });

  it('see what was recorded, by id and by name', async () => {
    const details = await until('it is recorded', async () => {
      const found = await call(
        `/functions/payment-service?start=${example.timestamp.slice(0, 10)}`,
      );
      return found.status === 200 && found.json['cold_starts'] === 1 && found.json;
    });
    expect(details).toMatchObject({
      ...{ function_name: 'payment-service', runtime: 'nodejs18.x', memory_allocated_mb: 512 },
      module_breakdown: {
        'aws-sdk': { avg_load_time_ms: 850, p50_ms: 850, p95_ms: 850, p99_ms: 850, samples: 1 },
        '@prisma/client': { avg_load_time_ms: 680 },
      },
      recommendations: expect.any(Array),
    });
    const listed = await until('the rest is, too', async () => {
      const { functions } = (await call('/functions')).json as { functions: Recorded[] };
      const byName = new Map(functions.map((one) => [one.function_name, one]));
      const has = byName.get('checkout')?.cold_start_stats.total_invocations_24h === 5;
      return has && byName.has('odd') && byName;
    });
    expect(listed.get('checkout')).toMatchObject({
      ...{ runtime: 'nodejs18.x', region: 'us-east-1' },
      cold_start_stats: { avg_init_duration_ms: 2_850, cold_start_rate: 1 },
    });
    const { id } = listed.get('odd') ?? { id: '' };
    const odd = await call(`/functions/${id}`);
    const modules = Object.keys(odd.json['module_breakdown'] ?? {});
    expect(modules).toEqual(expect.arrayContaining(['__proto__', '\u{fffd}', '(other modules)']));
    expect(modules).not.toContain('m100');
  });

  it('are one row each, however often they are told and by whichever key', async () => {
    const once = now('twice', { function_name: 'repeated' });
    for (const [index, withKey] of [key, otherKey.key, key].entries()) {
      expect((await call('/ingest', once, withKey)).status).toBe(200);
      const invocations = [once, now(`with-${index}`, { function_name: 'repeated' })];
      expect((await call('/ingest/batch', { invocations }, withKey)).status).toBe(200);
      remember('twice', `with-${index}`);
    }
    const skewed = now('skewed', { timestamp: '2199-01-01T00:00:00Z' });
    for (const more of [{}, { execution_duration_ms: 7 }, {}]) {
      expect((await call('/ingest', { ...skewed, ...more })).status).toBe(200);
    }
    remember('skewed');
  });

  it('are told to come back while the bus is away, and lose nothing that was taken in', async () => {
    const unanswered = now('unanswered');
    under.platform.signal('nats-server', 'SIGSTOP');
    let refused: Awaited<ReturnType<typeof call>>;
    try {
      refused = await call('/ingest', unanswered);
    } finally {
      under.platform.signal('nats-server', 'SIGCONT');
    }
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    under.platform.signal('nats-server', 'SIGKILL');
    const [lost, again] = [now('lost'), now('again')];
    await until('one is refused', async () => (await call('/ingest', lost)).status === 503);
    await until('the bus is back', () => under.bus.status === 'connected');
    // A second try is the first one's row, whether that came through or not.
    for (const report of [unanswered, lost, again]) {
      const status = await until('it is taken in', async () => {
        const answer = await call('/ingest', report);
        return answer.status !== 503 && answer.status;
      });
      expect(status).toBe(200);
      remember(report.invocation_id);
    }
  });

  it('are let in no more with a key that was revoked', async () => {
    expect((await call('/ingest', now('before'), otherKey.key)).status).toBe(200);
    remember('before');
    await under.client.keys.revoke(otherKey.details.id);
    const after = now('after');
    const refused = await until('the gateway knows', async () => {
      const answer = await call('/ingest', after, otherKey.key);
      if (answer.status === 200) remember('after');
      return answer.status !== 200 && answer;
    });
    expect(refused).toMatchObject({
      ...{ status: 401, json: { detail: 'Invalid or missing API key' } },
    });
  });

  it('have each row once in the database', async () => {
    await until(
      // What the recorder had in hand when the server died is delivered again after 30 s.
      'everything is recorded',
      async () => {
        const lag = await under.bus.consumerLag('TELEMETRY', 'stats-recorder');
        return lag?.pending === 0;
      },
      180_000,
    );
    await under.platform.stop();
    const database = await PGlite.create(join(under.dataDir, 'database'));
    try {
      const { rows } = await database.query<{ invocation_id: string; count: number }>(
        `select i.invocation_id, count(*)::integer as count from invocations i
           join functions f on i.function_id = f.id join projects p on f.project_id = p.id
         where p.slug = $1 group by i.invocation_id`,
        [project],
      );
      const counts = rows.map(({ invocation_id: id, count }) => [id, count]);
      expect(Object.fromEntries(counts)).toEqual(
        Object.fromEntries([...takenIn].map((id) => [id, 1])),
      );
    } finally {
      await database.close();
    }
  });
});
