import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { projectKey } from '../testing/gateway-rig.ts';
import { asAdmin, type ServicesRig, servicesRig } from '../testing/services-rig.ts';

let rig: ServicesRig;
beforeEach(async () => {
  rig = await servicesRig();
});
afterEach(() => rig.close());

const get = (url: string, headers: Record<string, string> = asAdmin()) =>
  rig.app.inject({ method: 'GET', url, headers });

describe('pools', () => {
  it('are listed with everything, lists that are empty included', async () => {
    const { pools } = (await get('/api/v1/pools')).json();
    expect(pools).toMatchObject([
      { template: 'python', available: 2, problems: [], versions: [], policy: { max_size: 8 } },
    ]);
    expect((await get('/api/v1/pools/python')).json()).toEqual(pools[0]);
    expect((await get('/api/v1/pools/perl')).statusCode).toBe(404);
    expect((await get('/api/v1/pools/..%2fx')).statusCode).toBe(400);
  });

  it('have a forecast', async () => {
    const forecast = (await get('/api/v1/pools/python/prediction')).json();
    expect(forecast).toMatchObject({ template: 'python', predicted_demand: 12, samples: 3 });
  });

  it('change their policy for admins only, and only within sense', async () => {
    const patch = (payload: object, headers = asAdmin()) =>
      rig.app.inject({ method: 'PATCH', url: '/api/v1/pools/python', headers, payload });
    const changed = (await patch({ min_size: 4 })).json();
    expect(changed.policy).toMatchObject({ min_size: 4, max_size: 8 });
    expect((await patch({})).statusCode).toBe(400);
    expect((await patch({ min_size: -1 })).statusCode).toBe(400);
    expect((await patch({ size: 1 })).statusCode).toBe(400);
    expect((await patch({ min_size: 1 }, { 'x-api-key': projectKey })).statusCode).toBe(403);
  });
});

describe('languages', () => {
  it('are those of the catalogue, with what its pools know', async () => {
    const known = new Promise<void>((resolve) => {
      rig.versions.onChange(() => rig.catalogue.templates.length === 2 && resolve());
    });
    const templates = await rig.bus.bucket('templates');
    const template = {
      ...{ name: 'python', language: 'python', aliases: ['py'], description: 'Python 3' },
      ...{ entry: 'main.py', limits: { memory_mb: 256, min_memory_mb: 64 } },
    };
    await templates.put('python', Buffer.from(JSON.stringify(template)));
    const application = { ...template, name: 'app', language: undefined };
    await templates.put('app', Buffer.from(JSON.stringify(application)));
    await known;
    const { languages } = (await get('/api/v1/languages', { 'x-api-key': projectKey })).json();
    expect(languages).toMatchObject([
      {
        ...{ language: 'python', aliases: ['py'], template: 'python', entry: 'main.py' },
        ...{ versions: [], compiled: false, available: true },
        limits: { timeout: { min: 1, max: 30 }, memory_limit: { min: 64, default: 256 } },
      },
    ]);
  });
});
