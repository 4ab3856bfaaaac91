import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GatewayRig, gatewayRig, projectKey } from '../testing/gateway-rig.ts';

let rig: GatewayRig;
beforeEach(async () => {
  rig = await gatewayRig();
});
afterEach(() => rig.close());

async function call(method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object) {
  const answer = await rig.app.inject({
    ...{ method, url, headers: { 'x-api-key': projectKey } },
    ...(payload && { payload }),
  });
  return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json() };
}

async function submit(code: string, more: object = {}): Promise<string> {
  const { body } = await call('POST', '/api/v1/execute', { language: 'python', code, ...more });
  return `/api/v1/executions/${body.execution_id}`;
}

describe('an execution', () => {
  it('is cancelled, and stays so', async () => {
    const url = await submit('loop');
    expect((await call('GET', url)).body).toMatchObject({ status: 'queued' });
    expect((await call('DELETE', url)).body).toMatchObject({ status: 'cancelled' });
    expect((await call('DELETE', url)).body).toMatchObject({ status: 'cancelled' });
  });

  it('has its output by pages', async () => {
    const url = await submit('large');
    const all = await call('GET', `${url}/output`);
    expect(all.body).toMatchObject({ attempt: 1, complete: true, next: 8 });
    expect(all.body.chunks.map(({ seq }: { seq: number }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    const rest = await call('GET', `${url}/output?from=7`);
    expect(rest.body.chunks).toMatchObject([{ seq: 7, stream: 'stdout', stage: 'run' }]);
  });

  it('says that more may come while it runs', async () => {
    const url = await submit('loop', { stdin: 'ready' });
    const { body } = await call('GET', `${url}/output`);
    expect(body).toMatchObject({ chunks: [{ data: 'ready' }], next: 2, complete: false });
  });

  it('takes input in order where it is interactive', async () => {
    const url = await submit('interactive', { interactive: true });
    const sent = { data: 'aGk=', encoding: 'base64', signal: 'SIGINT', close: true };
    expect((await call('POST', `${url}/input`, sent)).status).toBe(204);
    const inputs = rig.executions.inputs.map(({ input }) => input);
    expect(inputs).toEqual([
      { $case: 'data', data: Buffer.from('hi') },
      { $case: 'signal', signal: 'SIGINT' },
      { $case: 'closed', closed: true },
    ]);
  });

  it('refuses input where it is not, and what is none', async () => {
    const url = await submit('hello');
    const refused = await call('POST', `${url}/input`, { data: 'x' });
    expect(refused).toMatchObject({ status: 409, body: { error_code: 'FAILED_PRECONDITION' } });
    expect((await call('POST', `${url}/input`, {})).status).toBe(400);
    expect((await call('POST', `${url}/input`, { signal: 'KILL' })).status).toBe(400);
  });
});
