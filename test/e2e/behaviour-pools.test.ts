// The warm stock: what is told about it, that an empty pool starts cold, that refill stays in bounds.
import {
  fromJsonBytes,
  type NodePool,
  NodeStatus,
  PoolServiceDefinition,
  SandboxEvent,
  type StartPhases,
  subjectFilter,
} from '@pilotlight/contracts';
import { connectRpc } from '@pilotlight/rpc';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalOf } from './behaviour-fixture.ts';
import { usePlatform } from './fixture.ts';
import { until } from './until.ts';

describe('a pool', () => {
  const under = usePlatform({ driver: 'oci' });
  const pools = () =>
    connectRpc(PoolServiceDefinition, {
      address: under.platform.endpoints.pools,
      token: under.platform.endpoints.apiKey,
    });
  let service: ReturnType<typeof pools>;
  beforeAll(() => {
    service = pools();
  });
  afterAll(() => service.close());

  const poolOf = async (template: string) =>
    (await under.client.pools()).find((pool) => pool.template === template);
  const isFull = (template: string) =>
    until(`${template} is full`, async () => {
      const pool = await poolOf(template);
      return (
        pool !== undefined && pool.targetSize > 0 && pool.available === pool.targetSize && pool
      );
    });

  it.each([
    ['shell', 'shell', 3, 12],
    ['javascript', 'javascript', 3, 12],
    ['python', 'python', 4, 20],
  ])('of %s fills to its smallest size', async (template, language, minSize, maxSize) => {
    const pool = await isFull(template);
    expect(pool).toMatchObject({
      ...{ template, language, targetSize: minSize, available: minSize, creating: 0 },
      ...{ leased: 0, currentSize: minSize, problems: [], capped: false },
      policy: { minSize, maxSize },
    });
    expect(pool.lastScaleTime).toBeInstanceOf(Date);
  });

  it('predicts demand, with the confidence of little history', async () => {
    const { timestamp, ...prediction } = await under.client.predictDemand('python');
    expect(prediction).toMatchObject({ template: 'python', confidence: 0.5 });
    expect(prediction.predictedDemand).toBeGreaterThanOrEqual(0);
    expect(prediction.samples).toBeLessThanOrEqual(1);
    expect(Math.abs(Number(timestamp) - Date.now())).toBeLessThan(5_000);
    const unknown = await refusalOf(under.client.predictDemand('cobol'));
    expect(unknown.message).toMatch(/javascript, python, shell/);
  });

  it.each([
    ['min_size', { minSize: 9, maxSize: 3 }],
    ['max_size', { maxSize: -1 }],
    ['target_utilization', { targetUtilization: 2 }],
    ['ttl', { ttl: 1 }],
  ])('refuses a policy with a bad %s', async (field, change) => {
    const refusal = await refusalOf(service.client.setPolicy({ template: 'python', ...change }));
    expect(refusal.code).toBe('invalid_argument');
    expect(refusal.details.map((detail) => detail.field)).toContain(field);
    expect(await poolOf('python')).toMatchObject({ policy: { minSize: 4, maxSize: 20 } });
  });

  it('that is empty starts cold, and tells where the time went', async () => {
    const template = 'javascript';
    await service.client.setPolicy({ template, minSize: 0, maxSize: 0 });
    await until('the pool is empty', async () => {
      const pool = await poolOf(template);
      return pool !== undefined && pool.available + pool.creating === 0;
    });
    await using sandbox = await under.client.acquire({ template, userId: 'ann' });
    const { fromWarmPool, phases, acquisitionMs } = sandbox.lease;
    expect(fromWarmPool).toBe(false);
    expect(Math.abs(sumOf(phases) - (phases?.totalMs ?? 0))).toBeLessThanOrEqual(1);
    expect(phases?.totalMs).toBeGreaterThan(5);
    expect(phases?.totalMs).toBeLessThanOrEqual(acquisitionMs + 1);
    const ran = await sandbox.exec(['node', '-p', '6 * 7']);
    expect(ran).toMatchObject({ exitCode: 0, stdout: '42\n' });
    const run = await under.client.run({ language: 'js', code: 'console.log(1)', userId: 'ann' });
    expect(run).toMatchObject({ stdout: '1\n', result: { fromWarmPool: false } });
    await service.client.setPolicy({ template, minSize: 3, maxSize: 12 });
    await isFull(template);
  });

  it('is never filled beyond what is wanted, however fast it is emptied', async () => {
    const template = 'shell';
    const maxSize = 12;
    const { available } = await isFull(template);
    const stop = new AbortController();
    const seen: NodePool[] = [];
    const watching = watchPool(template, seen, stop.signal);
    const wanted = Array.from({ length: 30 }, (_, i) =>
      under.client.acquire({ template, userId: `user-${i % 3}` }),
    );
    const sandboxes = await Promise.all(wanted);
    expect(new Set(sandboxes.map(({ id }) => id)).size).toBe(30);
    expect(sandboxes.filter(({ lease }) => lease.fromWarmPool).length).toBeGreaterThanOrEqual(
      available,
    );
    const pool = await isFull(template);
    expect(pool).toMatchObject({ leased: 30, targetSize: maxSize, capped: true });
    stop.abort();
    await watching;
    const excess = seen.filter((at) => at.ready + at.creating > maxSize + at.waiting);
    expect(excess).toEqual([]);
    expect(await created(template)).toBeLessThanOrEqual(30 + maxSize);
    await Promise.all(sandboxes.map((sandbox) => sandbox.release()));
  });

  async function watchPool(template: string, seen: NodePool[], signal: AbortSignal) {
    const nodes = await under.bus.bucket('nodes');
    for await (const change of nodes.watch(signal)) {
      if (change.kind !== 'put') continue;
      const { pools: all } = fromJsonBytes(NodeStatus, change.entry.value);
      seen.push(...all.filter((pool) => pool.template === template));
    }
  }

  /** How many sandboxes of a template were ever begun. */
  async function created(template: string): Promise<number> {
    const filter = subjectFilter('sandboxEvent', { type: 'creating', template });
    const stop = new AbortController();
    const ids = new Set<string>();
    const events = under.bus.follow('SANDBOX_EVENTS', filter, 'first', stop.signal);
    for await (const { data, pending } of events) {
      ids.add(fromJsonBytes(SandboxEvent, data).sandboxId);
      if (pending === 0) stop.abort();
    }
    return ids.size;
  }
});

function sumOf(phases: StartPhases | undefined): number {
  if (phases === undefined) return Number.NaN;
  const { totalMs: _, ...parts } = phases;
  return Object.values(parts).reduce((sum, ms) => sum + ms, 0);
}
