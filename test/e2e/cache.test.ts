// Results of equal runs by REST, against the whole platform.
import { beforeAll, describe, expect, it } from 'vitest';
import { usePlatform } from './fixture.ts';
import { until } from './until.ts';

const under = usePlatform({ templates: ['python'] });

interface Result {
  readonly execution_id: string;
  readonly status: string;
  readonly stdout: string;
  readonly cached?: true;
}

async function run(body: object, { key, wait = true }: { key?: string; wait?: boolean } = {}) {
  const { http, apiKey } = under.platform.endpoints;
  const began = performance.now();
  const response = await fetch(`${http}/api/v1/execute${wait ? '?wait=true' : ''}`, {
    method: 'POST',
    headers: { 'x-api-key': key ?? apiKey, 'content-type': 'application/json' },
    body: JSON.stringify({ language: 'python', ...body }),
  });
  const result = (await response.json()) as Result;
  return { result, ms: performance.now() - began };
}

async function admin(path: string, body: object): Promise<{ status: number; key: string }> {
  const { http, apiKey } = under.platform.endpoints;
  const response = await fetch(`${http}/api/v1/${path}`, {
    method: 'POST',
    headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const { key = '' } = (await response.json()) as { key?: string };
  return { status: response.status, key };
}

const random = 'import uuid; print(uuid.uuid4())';

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

describe('a run with `cache: true`', () => {
  // What runs before nodes have told their versions and pools have their policy was made of other ones.
  beforeAll(async () => {
    await until('the pools are full', async () =>
      (await under.client.pools()).every(
        ({ available, targetSize, versions }) =>
          targetSize > 0 && available >= targetSize && versions.length > 0,
      ),
    );
  });

  it('is answered with what it wrote before, at least ten times as fast as a run', async () => {
    const request = { code: random, cache: true };
    const first = await run(request);
    expect(first.result).toMatchObject({ status: 'completed' });
    expect(first.result.cached).toBeUndefined();
    const runs: number[] = [];
    for (let time = 0; time < 9; time += 1) runs.push((await run({ code: random })).ms);
    const hits: number[] = [];
    for (let time = 0; time < 9; time += 1) {
      const { result, ms } = await run(request);
      expect(result).toEqual({ ...first.result, cached: true });
      hits.push(ms);
    }
    console.log(JSON.stringify({ run_ms: median(runs), hit_ms: median(hits) }));
    expect(median(hits)).toBeLessThanOrEqual(median(runs) / 10);
  });

  it('is there for who does not wait, and its execution can be asked for', async () => {
    const request = { code: `${random} # later`, cache: true };
    const first = await run(request, { wait: false });
    const cached = await until('its result is kept', async () => {
      const { result } = await run(request, { wait: false });
      return result.cached === true && result;
    });
    expect(cached.status).toBe('completed');
    const { http, apiKey } = under.platform.endpoints;
    const url = `${http}/api/v1/executions/${cached.execution_id}`;
    const execution = await fetch(url, { headers: { 'x-api-key': apiKey } });
    expect(await execution.json()).toMatchObject({ status: 'completed' });
    expect(first.result.execution_id).not.toBe('');
  });

  it('is not shared with another project', async () => {
    const keys: string[] = [];
    for (const slug of ['blue', 'green']) {
      await until('there is a database', async () => {
        return (await admin('projects', { name: slug, slug })).status === 201;
      });
      const { key } = await admin('keys', { project: slug });
      keys.push(key);
    }
    const outputs: string[] = [];
    for (const key of [...keys, ...keys]) {
      const answer = await until('the key works', async () => {
        const { result } = await run({ code: random, cache: true }, { key });
        return result.status === 'completed' && result;
      });
      outputs.push(answer.stdout);
    }
    expect(outputs.slice(2)).toEqual(outputs.slice(0, 2));
    expect(outputs[0]).not.toBe(outputs[1]);
  });

  it('outlives the gateway', async () => {
    const request = { code: `${random} # kept`, cache: true };
    const { result } = await run(request);
    await under.platform.restart('gateway');
    // What is on disk is opened when the gateway is ready.
    const ops = `http://${under.platform.endpoints.ops['gateway']}/metrics`;
    await until('its start is complete', async () =>
      (await (await fetch(ops)).text()).includes('pilotlight_startup_seconds{stage="total"'),
    );
    const after = await run(request);
    expect(after.result).toEqual({ ...result, cached: true });
  });
});
