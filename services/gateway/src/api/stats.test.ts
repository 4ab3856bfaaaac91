import type { GetStatsRequest } from '@pilotlight/contracts';
import { Stats } from '@pilotlight/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { adminKey, projectKey, smallKey } from '../testing/gateway-rig.ts';
import { asAdmin, type ServicesRig, servicesRig } from '../testing/services-rig.ts';

let rig: ServicesRig;
beforeEach(async () => {
  rig = await servicesRig();
});
afterEach(() => rig.close());

const get = (url: string, key = adminKey) =>
  rig.app.inject({ method: 'GET', url, headers: { ...asAdmin(), 'x-api-key': key } });

describe('statistics', () => {
  it('are told of a time range, of a template and of a user', async () => {
    const url = '/api/v1/stats?start=2026-01-01T00:00:00Z&template=python&user_id=ada&limit=5';
    const stats = (await get(url)).json();
    expect(stats).toMatchObject({
      range: { start: '2026-01-01T00:00:00.000Z' },
      total: { requests: 4, warm_hit_rate: 0, shutdown_reasons: { manual: 3 } },
      by_template: [{ template: 'python', summary: { startup: { p90: 50 } } }],
    });
    const none = (await get('/api/v1/stats?template=go')).json();
    expect(none).toMatchObject({ total: { shutdown_reasons: {} }, by_template: [], by_user: [] });
  });

  it('list single requests', async () => {
    expect((await get('/api/v1/activity')).json().activity).toHaveLength(2);
    const failed = (await get('/api/v1/activity?failed_only=true')).json();
    expect(failed.activity).toMatchObject([{ detail: 'no image' }]);
    expect(failed.activity[0]).not.toHaveProperty('startup_ms');
  });

  it('are analysed for admins', async () => {
    const { templates, changes } = (await get('/api/v1/analysis')).json();
    expect(templates).toMatchObject([{ template: 'python', phases: [], deployments: [] }]);
    expect(changes).toEqual([]);
    expect((await get('/api/v1/analysis', projectKey)).statusCode).toBe(403);
  });

  it.each([
    'start=yesterday',
    'start=1',
    'end=0001-01-01',
    'user_id=a%00b',
    'limit=1001',
    'limit=x',
    'failed_only=perhaps',
    'token=x',
  ])('are refused for %s', async (query) => {
    expect((await get(`/api/v1/activity?${query}`)).statusCode).toBe(400);
  });
});

it('what was answered to one tenant is not answered to another', async () => {
  await rig.close();
  const asked: (string | undefined)[] = [];
  rig = await servicesRig({
    stats: {
      async getStats(_: GetStatsRequest, options?: { principal?: { project: string } }) {
        asked.push(options?.principal?.project);
        return Stats.fromPartial({ total: { requests: asked.length } });
      },
    } as never,
  });
  const counts: number[] = [];
  for (const key of [adminKey, projectKey, smallKey, projectKey, adminKey]) {
    counts.push((await get('/api/v1/stats', key)).json().total.requests);
  }
  expect(asked).toEqual(['local', 'blue', 'green']);
  expect(counts).toEqual([1, 2, 3, 2, 1]);
});
