import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { adminKey, type GatewayRig, gatewayRig, projectKey } from '../testing/gateway-rig.ts';

let rig: GatewayRig;

beforeEach(async () => {
  rig = await gatewayRig({
    platform: {
      pools: {
        listPools: async () => ({ pools: [{ template: 'python', versions: ['3.12.1'] }] }),
      } as never,
    },
  });
  const known = new Promise<void>((resolve) => rig.versions.onChange(resolve));
  const template = { name: 'python', language: 'python', aliases: ['py'] };
  const templates = await rig.bus.bucket('templates');
  await templates.put('python', Buffer.from(JSON.stringify(template)));
  await known;
});
afterEach(() => rig.close());

async function run(more: object = {}, { key = adminKey, wait = true } = {}) {
  return rig.app.inject({
    ...{ method: 'POST', url: `/api/v1/execute${wait ? '?wait=true' : ''}` },
    headers: { 'x-api-key': key },
    payload: { language: 'python', code: 'hello', cache: true, ...more },
  });
}

describe('a run with `cache: true`', () => {
  it('is answered without a run where it ran before', async () => {
    const first = (await run({ correlation_id: 'a' })).json();
    const second = (await run({ correlation_id: 'b' })).json();
    expect(first).not.toHaveProperty('cached');
    expect(second).toEqual({ ...first, correlation_id: 'b', cached: true });
    expect(rig.executions.submitted).toHaveLength(1);
  });

  it('is answered at once where nobody waits, by the id of the run that was', async () => {
    const first = await run({}, { wait: false });
    expect(first.statusCode).toBe(202);
    expect(first.json()).not.toHaveProperty('cached');
    // The result that nobody waited for came by.
    await run({ code: 'binary' });
    const second = await run({}, { wait: false });
    expect(second.statusCode).toBe(202);
    expect(second.json()).toMatchObject({
      ...{ execution_id: first.json().execution_id, status: 'completed' },
      ...{ cached: true, estimated_wait_ms: 0 },
    });
    expect((await run()).json()).toMatchObject({ stdout: 'hello\n', cached: true });
  });

  it.each([
    ['another program', { code: 'binary' }],
    ['other input', { stdin: 'x' }],
    ['other arguments', { args: ['x'] }],
    ['other limits', { timeout: 3 }],
    ['no wish for it', { cache: false }],
  ])('runs with %s', async (_, more) => {
    await run();
    expect((await run(more)).json()).not.toHaveProperty('cached');
  });

  it('runs again where it wrote more than a result holds', async () => {
    for (let time = 0; time < 2; time += 1) {
      expect((await run({ code: 'large' })).json()).not.toHaveProperty('cached');
    }
    expect(rig.executions.submitted).toHaveLength(2);
  });

  it('is of its project alone', async () => {
    await run();
    const other = (await run({}, { key: projectKey })).json();
    expect(other).not.toHaveProperty('cached');
    const again = (await run({}, { key: projectKey })).json();
    expect(again).toMatchObject({ cached: true, execution_id: other.execution_id });
  });

  it('is refused as any other where it is no good', async () => {
    expect((await run({ language: 'perl' })).statusCode).toBe(400);
    expect((await run({ code: '?', encoding: 'base64' })).statusCode).toBe(400);
  });

  it('is kept for items of a batch, too', async () => {
    await run();
    const answer = await rig.app.inject({
      ...{ method: 'POST', url: '/api/v1/execute/batch?wait=true' },
      headers: { 'x-api-key': adminKey },
      payload: { items: [{ language: 'py', code: 'hello', cache: true }] },
    });
    expect(answer.json().items).toMatchObject([{ status: 200, body: { cached: true } }]);
  });
});
