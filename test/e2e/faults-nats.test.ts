// nats-server is restarted while requests come in and runs go on.
import { randomUUID } from 'node:crypto';
import { createPublisher } from '@pilotlight/client';
import { describe, expect, it } from 'vitest';
import { usePlatform } from './fixture.ts';
import { atRest, useResultLog } from './result-log.ts';
import { storedText } from './stored.ts';
import { until } from './until.ts';

const publishers = 4;
/** Accepted after the server is back, to show that the load goes on. */
const acceptedAfterwards = 100;

describe('nats-server restarted under load', () => {
  const under = usePlatform();
  const results = useResultLog(under);

  const hello = (id: string, userId = 'ann') => ({
    ...{ id, language: 'sh', code: `echo ${id}`, userId },
  });

  /** Users who publish one request after the other; says what became of each id. */
  function startLoad() {
    const nats = createPublisher(under.bus);
    const stop = new AbortController();
    const accepted = new Set<string>();
    const refused = new Set<string>();
    const publishOne = async (userId: string) => {
      const id = randomUUID();
      try {
        await nats.publish(hello(id, userId));
        accepted.add(id);
      } catch (error) {
        expect(error).toMatchObject({ code: 'unavailable' });
        refused.add(id);
        await until('the bus is connected', () => under.bus.status === 'connected');
      }
    };
    const publisher = async (userId: string) => {
      while (!stop.signal.aborted) await publishOne(userId);
    };
    const users = Array.from({ length: publishers }, (_, index) => `user-${index}`);
    const done = Promise.all(users.map(publisher));
    const end = async () => {
      stop.abort();
      await done;
    };
    return { accepted, refused, end };
  }

  async function beginSlowRun(): Promise<string> {
    const id = randomUUID();
    await under.client.nats.publish({
      ...{ id, language: 'sh', userId: 'ann', timeoutSeconds: 30 },
      code: 'echo begun; sleep 4; echo done',
    });
    return id;
  }

  /** Publishes while there is no server, which therefore cannot have seen it. */
  async function publishInVain(): Promise<string> {
    const id = randomUUID();
    await until('the connection is lost', () => under.bus.status === 'disconnected');
    const refused = createPublisher(under.bus).publish(hello(id));
    await expect(refused).rejects.toMatchObject({ code: 'unavailable' });
    return id;
  }

  it.each([
    ['in good order', () => under.platform.restart('nats-server')],
    ['after SIGKILL', async () => under.platform.signal('nats-server', 'SIGKILL')],
  ])(
    '%s: what was accepted gets one result, what was refused can be asked again',
    async (_, restart) => {
      const slow = await beginSlowRun();
      const load = startLoad();
      await until('there is load', () => load.accepted.size >= 100);
      const [unseen] = await Promise.all([publishInVain(), restart()]);
      const before = load.accepted.size;
      await until('the load goes on', () => load.accepted.size >= before + acceptedAfterwards);
      await load.end();
      await results.all([...load.accepted, slow]);
      await atRest(under.bus);
      expect(results.of(unseen)).toEqual([]);

      const again = [...load.refused, unseen];
      for (const id of again) await under.client.nats.publish(hello(id));
      const ids = [...load.accepted, ...again];
      const found = await results.all(ids);
      await results.expectOneEach([...ids, slow]);
      for (const [id, { status, stdout }] of found) {
        const text = Buffer.from(stdout?.data ?? []).toString();
        expect({ status, text }).toEqual({ status: 'completed', text: `${id}\n` });
        expect(await storedText(under.bus, id)).toBe(text);
      }
      expect(results.of(slow)).toMatchObject([{ status: 'completed', attempt: 1 }]);
      expect(await storedText(under.bus, slow)).toBe('begun\ndone\n');
    },
  );
});
