// Two projects on one platform: each sees its own, within its plan, over gRPC and on NATS.
import { randomUUID } from 'node:crypto';
import { connect, type Pilotlight } from '@pilotlight/client';
import {
  DeadRequest,
  ExecutionRequest,
  fromJsonBytes,
  subject,
  subjectFilter,
  toJsonBytes,
} from '@pilotlight/contracts';
import { Scope } from '@pilotlight/lifecycle';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { usePlatform } from './fixture.ts';
import { useResultLog } from './result-log.ts';
import { until } from './until.ts';

describe('two projects', () => {
  const under = usePlatform({ templates: ['python', 'shell'] });
  const results = useResultLog(under);
  const scope = new Scope();
  const clients = new Map<string, Pilotlight>();
  const as = (project: string) => clients.get(project) ?? expect.fail(`no client of ${project}`);

  beforeAll(async () => {
    const { keys } = under.client;
    const tiny = {
      ...{ plan: 'tiny', priority: 'low', concurrentExecutions: 1, queuedExecutions: 3 },
      ...{ requestsPerMinute: 40, timeout: 5, memoryLimit: 128 },
    };
    // The database is up a while after the rest.
    await until('there is a plan', () => succeeds(keys.putPlan(tiny)));
    for (const slug of ['blue', 'red']) {
      await keys.createProject({ name: slug, slug, plan: 'tiny' });
      const { key } = await keys.create({ project: slug });
      const { grpc, tls } = under.platform.endpoints;
      const options = { address: grpc, apiKey: key, ...(tls !== undefined && { tls }) };
      const client = await connect(options);
      scope.defer(slug, () => client.close());
      clients.set(slug, client);
      // The key is on its way to the scheduler.
      await until(`the key of ${slug} is known`, () => succeeds(client.listSandboxes()));
    }
  }, 120_000);
  afterAll(() => scope.close());

  const sleep = (seconds: number) => ({ language: 'sh', code: `sleep ${seconds}`, userId: '' });

  it('see and end their own executions only', async () => {
    const { executionId: id } = await as('blue').submit({ ...sleep(2), userId: 'ann' });
    expect(await as('blue').get(id)).toMatchObject({ userId: 'blue:ann' });
    for (const call of [as('red').get(id), as('red').cancel(id)]) {
      await expect(call).rejects.toMatchObject({ code: 'not_found' });
    }
    expect((await under.client.get(id)).userId).toBe('blue:ann');
    expect(await as('blue').cancel(id)).toMatchObject({ status: 'cancelled' });
    await expect(as('red').get(id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('see their own sandboxes only, and have no use for a token of the other', async () => {
    const sandbox = await as('blue').acquire({ template: 'shell', userId: '' });
    expect((await as('blue').listSandboxes()).map(({ userId }) => userId)).toEqual(['blue']);
    expect(await as('red').listSandboxes()).toEqual([]);
    const stolen = as('red').attach(sandbox.lease);
    await expect(stolen.exec(['true'])).rejects.toMatchObject({ code: 'not_found' });
    await sandbox.release();
  });

  it('are held to their plan', async () => {
    const blue = as('blue');
    const refused = blue.submit({ ...sleep(0), timeoutSeconds: 6 });
    await expect(refused).rejects.toMatchObject({ code: 'invalid_argument' });
    const urgent = blue.submit({ ...sleep(0), priority: 'high' });
    await expect(urgent).rejects.toMatchObject({ code: 'permission_denied' });
    const ids: string[] = [];
    for (let n = 0; n < 3; n += 1) ids.push((await blue.submit(sleep(1))).executionId);
    await expect(blue.submit(sleep(1))).rejects.toMatchObject({
      ...{ code: 'resource_exhausted', message: 'Concurrent execution limit reached' },
    });
    const ended = [...(await results.all(ids)).values()];
    const times = ended
      .map(({ finishedAt, startedAt }) => [Number(startedAt), Number(finishedAt)] as const)
      .toSorted(([a], [b]) => a - b);
    const overlaps = times.filter(([start], index) => start < (times[index - 1]?.[1] ?? 0));
    expect(overlaps).toEqual([]);
    expect(ended.map(({ priority }) => priority)).toEqual(['low', 'low', 'low']);
  });

  it('publish on NATS in their own name only', async () => {
    const publish = async (userId: string, project: string) => {
      const where = { priority: 'low', language: 'sh' } as const;
      const id = randomUUID();
      const code = Buffer.from('echo hi');
      const request = ExecutionRequest.create({ ...where, id, userId, code });
      const data = toJsonBytes(ExecutionRequest, request);
      await under.bus.publish(subject('projectRequest', { ...where, project }), data, {
        messageId: id,
      });
      return id;
    };
    const own = await publish('ann', 'blue');
    const [foreign, nobodys] = [await publish('red:bob', 'blue'), await publish('', 'green')];
    const ended = await results.all([own, foreign, nobodys]);
    expect(ended.get(own)).toMatchObject({ status: 'completed', userId: 'blue:ann' });
    expect(ended.get(foreign)).toMatchObject({ status: 'rejected', userId: 'blue' });
    expect(ended.get(nobodys)).toMatchObject({ status: 'rejected' });
    const reasons = await deadReasons(2);
    expect(reasons.join('\n')).toContain('"red:bob" is no user of the project "blue"');
    expect(reasons.join('\n')).toContain('"green" has no active key');
    expect(await as('blue').get(own)).toMatchObject({ status: 'completed' });
    await expect(as('red').get(own)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('may call so many times in a minute', async () => {
    const calls = Array.from({ length: 45 }, () =>
      as('red').submit({ language: 'nothing', code: '', userId: '' }),
    );
    const ended = await Promise.allSettled(calls);
    const codes = ended.map((it) => (it.status === 'rejected' ? it.reason.code : 'ok'));
    expect(new Set(codes)).toEqual(new Set(['invalid_argument', 'resource_exhausted']));
    await expect(as('blue').submit(sleep(0))).resolves.toMatchObject({ duplicate: false });
  });

  async function deadReasons(count: number): Promise<string[]> {
    const stop = new AbortController();
    const all = subjectFilter('executionDead');
    const reasons: string[] = [];
    try {
      for await (const { data } of under.bus.follow('EXEC_DEAD', all, 'first', stop.signal)) {
        reasons.push(fromJsonBytes(DeadRequest, data).reason);
        if (reasons.length === count) break;
      }
    } finally {
      stop.abort();
    }
    return reasons;
  }
});

function succeeds(call: Promise<unknown>): Promise<boolean> {
  return call.then(
    () => true,
    () => false,
  );
}
