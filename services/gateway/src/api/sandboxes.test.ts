import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { projectKey } from '../testing/gateway-rig.ts';
import { asAdmin, type ServicesRig, servicesRig } from '../testing/services-rig.ts';

let rig: ServicesRig;
beforeEach(async () => {
  rig = await servicesRig();
});
afterEach(() => rig.close());

async function call(method: 'GET' | 'POST' | 'DELETE', url: string, more: object = {}) {
  return rig.app.inject({ method, url, headers: asAdmin(), ...more });
}

async function acquire(body: object = {}) {
  const answer = await call('POST', '/api/v1/sandboxes', {
    payload: { template: 'python', ...body },
  });
  expect(answer.statusCode).toBe(201);
  const lease = answer.json();
  const held = { headers: asAdmin({ 'x-lease-token': lease.token }) };
  return { lease, url: `/api/v1/sandboxes/${lease.sandbox_id}`, held, answer };
}

describe('a lease', () => {
  it('is acquired with all that a body can say', async () => {
    const { lease, answer } = await acquire({
      ...{ user_id: 'ada', ttl_seconds: 60, idle_timeout_seconds: 30, network: 'none' },
      ...{ version: '3.11', s3_bucket: 'b', env: { A: '1' }, limits: { memory_mb: 128 } },
      files: [{ path: 'a/b.bin', content: '/w==', encoding: 'base64' }],
    });
    expect(lease).toMatchObject({ template: 'python', from_warm_pool: true, acquisition_ms: 1.5 });
    expect(answer.headers).toMatchObject({
      ...{ location: `/api/v1/sandboxes/${lease.sandbox_id}`, 'cache-control': 'no-store' },
    });
    expect(rig.services.acquired[0]).toMatchObject({
      ...{ template: 'python', userId: 'ada', ttlSeconds: 60, idleTimeoutSeconds: 30 },
      ...{ network: 'none', version: '3.11', s3Bucket: 'b', env: { A: '1' } },
      limits: { memoryMb: 128, cpus: 0, pids: 0 },
      files: [{ path: 'a/b.bin', content: Buffer.from([0xff]) }],
    });
  });

  it('hands an Idempotency-Key to the platform', async () => {
    await call('POST', '/api/v1/sandboxes', {
      payload: { template: 'python' },
      headers: asAdmin({ 'idempotency-key': 'once' }),
    });
    expect(rig.services.acquired[0]?.idempotencyKey).toBe('once');
  });

  it('is found, kept, paused and resumed by its token, and released twice', async () => {
    const { url, held } = await acquire();
    const states = [
      await call('GET', url, held),
      await call('POST', `${url}/keep-alive`, held),
      await call('POST', `${url}/pause`, held),
      await call('POST', `${url}/resume`, held),
    ].map((answer) => answer.json().state);
    expect(states).toEqual(['leased', 'leased', 'paused', 'leased']);
    expect((await call('POST', `${url}/hibernate`, held)).statusCode).toBe(501);
    expect((await call('DELETE', url, held)).statusCode).toBe(204);
    expect((await call('DELETE', url, held)).statusCode).toBe(204);
    expect((await call('GET', url, held)).statusCode).toBe(403);
  });

  it('has packages installed', async () => {
    const { url, held } = await acquire();
    const payload = { packages: ['there', 'new'] };
    const answer = await call('POST', `${url}/packages`, { ...held, payload });
    expect(answer.json()).toEqual({ installed: ['new'], duration_ms: 1 });
  });

  it('is listed without its token', async () => {
    const { lease } = await acquire();
    const listed = await call('GET', '/api/v1/sandboxes?template=python');
    expect(listed.json().sandboxes).toMatchObject([{ sandbox_id: lease.sandbox_id }]);
    expect(listed.body).not.toContain(lease.token);
  });
});

describe('a call on a lease', () => {
  it('needs the token in its header, and takes none in the URL', async () => {
    const { url, lease } = await acquire();
    expect((await call('GET', url)).statusCode).toBe(400);
    const inUrl = await call('GET', `/api/v1/sandboxes?token=${lease.token}`);
    expect(inUrl.statusCode).toBe(400);
    const guessed = { headers: asAdmin({ 'x-lease-token': 'guessed' }) };
    expect((await call('GET', url, guessed)).statusCode).toBe(403);
  });

  it.each(['sb_a', '..%2f..%2fetc', 'sb_n_i_0%00', 'sb_n_i_A'])(
    'refuses what is no id: %s',
    async (id) => {
      const held = { headers: asAdmin({ 'x-lease-token': 't' }) };
      const answer = await call('GET', `/api/v1/sandboxes/${id}`, held);
      expect([400, 404]).toContain(answer.statusCode);
    },
  );

  it.each([
    [{ template: 'python', colour: 'red' }],
    [{}],
    [{ template: 'python', ttl_seconds: 86_401 }],
    [{ template: 'python', network: 'all' }],
    [{ template: 'python', files: [{ path: 'a', content: '?', encoding: 'base64' }] }],
  ])('refuses a body that is no good: %j', async (payload) => {
    const answer = await call('POST', '/api/v1/sandboxes', { payload });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ error_code: 'VALIDATION_ERROR' });
    expect(rig.services.acquired).toHaveLength(0);
  });

  it('needs a key', async () => {
    const answer = await rig.app.inject({ method: 'GET', url: '/api/v1/sandboxes' });
    expect(answer.statusCode).toBe(401);
    const project = { headers: { authorization: `Bearer ${projectKey}` } };
    expect((await call('GET', '/api/v1/sandboxes', project)).statusCode).toBe(200);
  });
});
