// The leading scheduler is killed with a long queue.
import { randomUUID } from 'node:crypto';
import { connect, type Pilotlight } from '@pilotlight/client';
import { isTerminal, parseJsonObject } from '@pilotlight/contracts';
import { describe, expect, it } from 'vitest';
import { usePlatform } from './fixture.ts';
import { inParallel } from './in-parallel.ts';
import { useResultLog } from './result-log.ts';
import { storedOutput } from './stored.ts';
import { until } from './until.ts';

const queued = 5_000;
/** Left to be run: each needs a sandbox, so all of them would take minutes. */
const toRun = 400;

describe('a leading scheduler that is killed', () => {
  const under = usePlatform({ schedulers: 2 });
  const results = useResultLog(under);

  async function leader(): Promise<{ readonly address: string; readonly epoch: number }> {
    const leaders = await under.bus.bucket('leaders');
    return until('a scheduler leads', async () => {
      const entry = await leaders.get('scheduler');
      const { address, epoch } = entry ? parseJsonObject(entry.value) : {};
      if (typeof address !== 'string' || typeof epoch !== 'number' || epoch < 1) return undefined;
      return { address, epoch };
    });
  }

  async function publish(ids: readonly string[]) {
    await inParallel(ids, 250, (id) =>
      under.client.nats.publish({ id, language: 'sh', code: `echo ${id}`, userId: 'ann' }),
    );
  }

  /** Asks again while nobody leads. */
  async function cancel(client: Pilotlight, id: string) {
    await until(`${id} is cancelled`, () =>
      client.cancel(id).then(
        ({ status }) => isTerminal(status),
        (error: { code?: string }) => {
          if (error.code === 'unavailable') return false;
          throw error;
        },
      ),
    );
  }

  it('leaves 5,000 queued to its successor: each gets one result, most by being cancelled there', async () => {
    const ids = Array.from({ length: queued }, () => randomUUID());
    await publish(ids);
    const before = await leader();
    const killed = under.platform.schedulers.indexOf(before.address);
    const survivor = under.platform.schedulers[1 - killed] ?? '';
    under.platform.signal(killed === 0 ? 'scheduler' : 'scheduler-2', 'SIGKILL');
    expect(ids.filter((id) => results.of(id).length > 0).length).toBeLessThan(queued - toRun);

    await until('a successor leads', async () => (await leader()).epoch > before.epoch);
    const { apiKey } = under.platform.endpoints;
    await using client = await connect({ address: survivor, apiKey });
    const ended = ids.filter((id) => results.of(id).length > 0).length;
    await inParallel(ids.slice(ended + toRun), 64, (id) => cancel(client, id));
    const found = await results.all(ids);
    await results.expectOneEach(ids);

    const statuses = new Set([...found.values()].map(({ status }) => status));
    expect([...statuses].toSorted()).toEqual(['cancelled', 'completed']);
    const completed = [...found].filter(([, { status }]) => status === 'completed');
    expect(completed.length).toBeGreaterThanOrEqual(toRun);
    for (const [id, { stdout }] of completed) {
      expect(Buffer.from(stdout?.data ?? []).toString()).toBe(`${id}\n`);
    }
  });

  it('does not disturb what runs: it ends in its first attempt', async () => {
    const id = randomUUID();
    const begun = Promise.withResolvers<void>();
    await under.client.nats.publish({
      ...{ id, language: 'sh', userId: 'ann', timeoutSeconds: 20 },
      code: 'echo begun; sleep 8; echo done',
    });
    const outcome = under.client.nats.follow(id, { onStdout: () => begun.resolve() });
    await begun.promise;
    const before = await leader();
    const isFirst = before.address === under.platform.schedulers[0];
    under.platform.signal(isFirst ? 'scheduler' : 'scheduler-2', 'SIGKILL');
    expect(await outcome).toMatchObject({
      ...{ status: 'completed', stdout: 'begun\ndone\n', result: { attempt: 1 } },
    });
    expect((await leader()).epoch).toBeGreaterThan(before.epoch);
    await results.expectOneEach([id]);
    const attempts = (await storedOutput(under.bus, id)).map(({ attempt }) => attempt);
    expect(new Set(attempts)).toEqual(new Set([1]));
  });
});
