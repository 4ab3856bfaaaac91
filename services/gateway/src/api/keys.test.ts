import { ApiKey, Entitlements, Project } from '@pilotlight/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { projectKey } from '../testing/gateway-rig.ts';
import { asAdmin, type ServicesRig, servicesRig } from '../testing/services-rig.ts';
import type { Platform } from './gateway.ts';

let rig: ServicesRig;
let asked: Record<string, unknown>;

const details = ApiKey.create({ id: 'k1', prefix: 'csa_abcd', project: 'blue', active: true });
const project = Project.create({ id: 'p1', name: 'Blue', slug: 'blue', plan: 'standard' });
const plan = Entitlements.create({ plan: 'standard', priority: 'normal', timeout: 30 });

beforeEach(() => {
  asked = {};
});
beforeAll(async () => {
  const answering =
    (name: string, answer: unknown) =>
    async (request: unknown): Promise<unknown> => {
      asked[name] = request;
      return answer;
    };
  const fake = {
    listKeys: answering('listKeys', { keys: [details] }),
    createKey: answering('createKey', { key: `csa_${'a'.repeat(32)}`, details }),
    revokeKey: answering('revokeKey', { ...details, active: false }),
    listProjects: answering('listProjects', { projects: [project] }),
    createProject: answering('createProject', project),
    setProjectPlan: answering('setProjectPlan', { ...project, plan: 'large' }),
    listPlans: answering('listPlans', { plans: [plan] }),
    putPlan: answering('putPlan', plan),
  };
  rig = await servicesRig({ keys: fake as unknown as Platform['keys'] });
});
afterAll(() => rig.close());

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
const call = (method: Method, path: string, payload?: object, headers = asAdmin()) =>
  rig.app.inject({ method, url: `/api/v1/${path}`, headers, ...(payload && { payload }) });

describe('keys', () => {
  it('are made, which is the only time that one is told, listed and revoked', async () => {
    const made = await call('POST', 'keys', { project: 'blue', user_id: 'ann' });
    expect(made.statusCode).toBe(201);
    expect(made.json()).toMatchObject({
      key: expect.stringMatching(/^csa_/),
      details: { id: 'k1' },
    });
    expect(made.headers['cache-control']).toBe('no-store');
    expect(asked['createKey']).toEqual({ project: 'blue', name: '', userId: 'ann', role: '' });
    expect((await call('GET', 'keys?project=blue')).json().keys).toMatchObject([{ active: true }]);
    expect((await call('DELETE', 'keys/k1')).json()).toMatchObject({ active: false });
    expect(asked['revokeKey']).toEqual({ key: 'k1' });
  });

  it.each(['', 'Blue', 'a/b', 'x'.repeat(33)])('take no project "%s"', async (slug) => {
    expect((await call('POST', 'keys', { project: slug })).statusCode).toBe(400);
  });
});

it('projects are made, listed and put on another plan', async () => {
  expect((await call('POST', 'projects', { name: 'Blue' })).statusCode).toBe(201);
  expect((await call('GET', 'projects')).json().projects).toMatchObject([{ slug: 'blue' }]);
  const changed = await call('PATCH', 'projects/blue', { plan: 'large' });
  expect(changed.json().plan).toBe('large');
  expect(asked['setProjectPlan']).toEqual({ project: 'blue', plan: 'large' });
});

it('plans are listed and made, with numbers that are left out as no bound', async () => {
  expect((await call('GET', 'plans')).json().plans).toMatchObject([{ timeout: 30 }]);
  await call('PUT', 'plans/small', { priority: 'low', requests_per_minute: 10 });
  expect(asked['putPlan']).toEqual(
    Entitlements.create({ plan: 'small', priority: 'low', requestsPerMinute: 10 }),
  );
  expect((await call('PUT', 'plans/small', { priority: 'urgent' })).statusCode).toBe(400);
});

it.each([
  ['GET', 'keys'],
  ['POST', 'keys'],
  ['DELETE', 'keys/k1'],
  ['GET', 'projects'],
  ['POST', 'projects'],
  ['PATCH', 'projects/blue'],
  ['GET', 'plans'],
  ['PUT', 'plans/small'],
] as const)('%s /api/v1/%s is an admin’s', async (method, path) => {
  const asProject = { 'x-api-key': projectKey };
  expect((await call(method, path, undefined, asProject)).statusCode).toBe(403);
  expect(asked).toEqual({});
});
