// One winner: many clients against three schedulers and one node, ten thousand leases, none twice.
import { availableParallelism } from 'node:os';
import { connect, type LeasedSandbox, type Pilotlight } from '@pilotlight/client';
import { parseJsonObject } from '@pilotlight/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RaceStack, startRaceStack } from '../race/stack.ts';
import { type StockWatch, watchStock } from '../race/stock-watch.ts';
import { inParallel } from './in-parallel.ts';
import { until } from './until.ts';

const leases = 10_000;
const callers = 24;
const keys = 200;
/** One lease in so many is looked at closer: held, by a stranger, and after its end. */
const tryEvery = 10;

describe('many clients, three schedulers and one node', () => {
  const clients: Pilotlight[] = [];
  let stack: RaceStack;
  let stock: StockWatch;

  beforeAll(async () => {
    stack = await startRaceStack({ schedulers: 3, sandboxSlots: 64 });
    stock = await watchStock(stack.bus, 'shell');
    const { apiKey } = stack;
    for (const { address } of stack.schedulers) clients.push(await connect({ address, apiKey }));
  });

  afterAll(async () => {
    await stock.stop();
    await Promise.all(clients.map((client) => client.close()));
    await stack.stop();
  });

  function clientOf(caller: number): Pilotlight {
    const client = clients[caller % clients.length];
    if (client === undefined) throw new Error('There are no clients.');
    return client;
  }

  /** Asks again while its scheduler or the leader is away. */
  function insist<T>(call: () => Promise<T>): Promise<T> {
    return until('a scheduler answers', () =>
      call().catch((error: { code?: string }) => {
        if (error.code === 'unavailable') return undefined;
        throw error;
      }),
    );
  }

  async function killLeader() {
    const bucket = await stack.bus.bucket('leaders');
    const entry = await bucket.get('scheduler');
    const { address } = entry ? parseJsonObject(entry.value) : {};
    const leader = stack.schedulers.find((scheduler) => scheduler.address === address);
    expect(leader).toBeDefined();
    leader?.process.signal('SIGKILL');
  }

  /** What was ever given out, and what is held now. */
  function createLedger() {
    const sandboxes = new Set<string>();
    const tokens = new Set<string>();
    const held = new Set<string>();
    let mostHeld = 0;
    return {
      sandboxes,
      tokens,
      held,
      get mostHeld() {
        return mostHeld;
      },
      add({ id, token }: LeasedSandbox) {
        expect(sandboxes.has(id)).toBe(false);
        expect(tokens.has(token)).toBe(false);
        sandboxes.add(id);
        tokens.add(token);
        held.add(id);
        mostHeld = Math.max(mostHeld, held.size);
      },
    };
  }

  const denied = { code: 'permission_denied' };

  /** The holder gets in; with their token nobody gets into another sandbox. */
  async function tryDoors(client: Pilotlight, sandbox: LeasedSandbox, others: Iterable<string>) {
    expect((await insist(() => sandbox.describe())).state).toBe('leased');
    const [other] = [...others].filter((id) => id !== sandbox.id);
    if (other === undefined) return;
    const stranger = client.attach({ sandboxId: other, token: sandbox.token });
    await expect(insist(() => stranger.describe())).rejects.toMatchObject(denied);
  }

  it('10,000 leases, the leader killed half-way: none is given twice, stale tokens are refused', async () => {
    const ledger = createLedger();
    const leaseOnce = async (nth: number) => {
      const client = clientOf(nth);
      const wanted = { template: 'shell', userId: `user-${nth % callers}` };
      const sandbox = await insist(() => client.acquire(wanted));
      ledger.add(sandbox);
      const isTried = nth % tryEvery === 0;
      if (isTried) await tryDoors(client, sandbox, ledger.held);
      ledger.held.delete(sandbox.id);
      await insist(() => sandbox.release().then(() => true));
      if (isTried) await expect(insist(() => sandbox.keepAlive())).rejects.toMatchObject(denied);
      if (nth === leases / 2) await killLeader();
    };
    const all = Array.from({ length: leases }, (_, nth) => nth);
    await inParallel(all, callers, leaseOnce);
    expect([ledger.sandboxes.size, ledger.tokens.size]).toEqual([leases, leases]);
    expect(ledger.mostHeld).toBeGreaterThan(1);
  });

  it('one key from every side at once is one lease', async () => {
    const all = new Set<string>();
    await inParallel(
      Array.from({ length: keys }, (_, nth) => nth),
      8,
      async (nth) => {
        const wanted = { template: 'shell', userId: 'ann', idempotencyKey: `key-${nth}` };
        const found = await Promise.all(
          [0, 1, 2, 3, 4, 5].map((caller) => insist(() => clientOf(caller).acquire(wanted))),
        );
        const [first] = found;
        expect(new Set(found.map(({ id, token }) => `${id} ${token}`)).size).toBe(1);
        all.add(first?.id ?? '');
        await first?.release();
      },
    );
    expect(all.size).toBe(keys);
  });

  it('the stock never grew beyond its target', async () => {
    expect(stock.reports).toBeGreaterThan(10);
    expect(stock.peakTarget).toBeGreaterThan(0);
    // A start that a driver has begun goes on when the caller it was for leaves.
    expect(stock.peakStock).toBeLessThanOrEqual(stock.peakTarget + availableParallelism());
  });
});
