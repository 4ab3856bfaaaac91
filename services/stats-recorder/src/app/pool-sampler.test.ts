import { NodeStatus, Plan, toJsonBytes } from '@pilotlight/contracts';
import { ManualClock } from '@pilotlight/lifecycle';
import { createMemoryBus } from '@pilotlight/messaging';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { PoolSampleRow } from '../domain/pool-sample.ts';
import { silentOutages } from '../testing/outages.ts';
import { PoolSampler } from './pool-sampler.ts';
import type { StatsStore } from './ports.ts';
import { Recorder } from './recorder.ts';

const never = new AbortController().signal;
let bus: ReturnType<typeof createMemoryBus>;
let clock: ManualClock;
let isThere: boolean;
let written: PoolSampleRow[];
let dropped: number;
let beforeWriting: () => Promise<void>;
let sampler: PoolSampler;

beforeEach(async () => {
  bus = createMemoryBus();
  clock = new ManualClock(new Date('2026-01-01T00:00:13.500Z'));
  [isThere, written, dropped, beforeWriting] = [true, [], 0, async () => undefined];
  const answer = async () => {
    if (!isThere) throw new Error('away');
  };
  const store: StatsStore = {
    ...{ write: answer, answer, reclaim: answer, close: async () => undefined },
    deleteBefore: async () => 0,
    dropInvocations: async () => 0,
    async writePoolSamples(rows) {
      await beforeWriting();
      await answer();
      written.push(...rows);
    },
  };
  const recorder = new Recorder({ open: async () => store, outages: silentOutages() });
  const onDropped = () => {
    dropped += 1;
  };
  sampler = new PoolSampler({ bus, recorder, clock, onDropped });
  await report('n1', 1);
  await report('n2', 1, { template: 'python', ready: 0, leased: 4, waiting: 1, unavailable: true });
  const target = { template: 'python', warm: 3 };
  const plan = Plan.create({
    nodes: [
      { node: 'n1', targets: [target, { template: 'go', warm: 1 }] },
      { node: 'gone', targets: [target] },
    ],
  });
  await (await bus.bucket('plan')).put('current', toJsonBytes(Plan, plan));
});
afterEach(() => bus.close());

async function report(node: string, heartbeat: number, pool: object = {}): Promise<void> {
  const pools = [{ template: 'python', ready: 2, creating: 1, ...pool }];
  const status = NodeStatus.fromPartial({ node, incarnation: 'i1', heartbeat, pools });
  await (await bus.bucket('nodes')).put(node, toJsonBytes(NodeStatus, status));
}

it('sums over the nodes that live, and files it under the slot', async () => {
  await sampler.sample(never);
  const slot = { sampled_at: '2026-01-01T00:00:10.000Z' };
  const none = { ready: 0, creating: 0, leased: 0, waiting: 0, nodes: 0 };
  expect(written).toEqual([
    {
      ...slot,
      template: 'python',
      target: 3,
      ready: 2,
      creating: 2,
      leased: 4,
      waiting: 1,
      nodes: 1,
    },
    { ...slot, template: 'go', target: 1, ...none },
  ]);
});

it('leaves out a node that has not written since the last sample', async () => {
  await sampler.sample(never);
  await report('n1', 2);
  written.length = 0;
  await sampler.sample(never);
  expect(written[0]).toMatchObject({ template: 'python', ready: 2, leased: 0, nodes: 1 });
});

it('keeps an hour of samples while the database is away, drops the oldest, and counts them', async () => {
  isThere = false;
  for (let slot = 0; slot < 365; slot += 1) {
    await report('n1', 2 + slot);
    await sampler.sample(never);
    clock.advance(10_000);
  }
  expect(dropped).toBe(5);
  isThere = true;
  await report('n1', 1_000);
  await sampler.sample(never);
  const slots = new Set(written.map((row) => row.sampled_at));
  expect(slots.size).toBe(360);
  expect(dropped).toBe(6);
});

it('goes on sampling while the database takes its time', async () => {
  const [begun, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  beforeWriting = () => {
    begun.resolve();
    return held.promise;
  };
  const slow = sampler.sample(never);
  await begun.promise;
  clock.advance(10_000);
  await report('n1', 2);
  const later = sampler.sample(never);
  await new Promise(setImmediate);
  held.resolve();
  await Promise.all([slow, later]);
  await report('n1', 3);
  clock.advance(10_000);
  await sampler.sample(never);
  expect([...new Set(written.map((row) => row.sampled_at))]).toEqual([
    '2026-01-01T00:00:10.000Z',
    '2026-01-01T00:00:20.000Z',
    '2026-01-01T00:00:30.000Z',
  ]);
});

it('samples at each full ten seconds', async () => {
  const ended = new AbortController();
  const running = sampler.run(ended.signal);
  const samples = async (slots: number) => {
    while (new Set(written.map((row) => row.sampled_at)).size < slots) {
      await new Promise(setImmediate);
    }
  };
  clock.advance(6_499);
  expect(written).toEqual([]);
  clock.advance(1);
  await samples(1);
  await report('n1', 2);
  await new Promise(setImmediate);
  clock.advance(10_000);
  await samples(2);
  ended.abort();
  await running;
  expect(written.map((row) => row.sampled_at)).toContain('2026-01-01T00:00:30.000Z');
});
