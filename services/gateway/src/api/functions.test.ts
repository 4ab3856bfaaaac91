import { FunctionDetails, type GetFunctionRequest } from '@pilotlight/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminKey, projectKey } from '../testing/gateway-rig.ts';
import { type ServicesRig, servicesRig } from '../testing/services-rig.ts';

let rig: ServicesRig;
beforeAll(async () => {
  rig = await servicesRig();
});
afterAll(() => rig.close());

const get = (path: string, key = projectKey, from = rig) =>
  from.app.inject({ url: `/api/v1/functions${path}`, headers: { 'x-api-key': key } });

describe('functions', () => {
  it('are listed as the seed writes them', async () => {
    const answer = await get('');
    expect(answer.statusCode).toBe(200);
    expect(answer.json().functions[0]).toMatchObject({
      ...{ id: 'f-1', function_name: 'payment-service', runtime: 'nodejs22.x' },
      ...{ region: 'us-east-1', memory_allocated_mb: 512 },
      last_seen_at: '2026-01-02T10:30:00.000Z',
      cold_start_stats: {
        ...{ avg_init_duration_ms: 2_850, cold_start_rate: 0.12, total_invocations_24h: 15_000 },
      },
    });
  });

  it('tell null of what they do not know', async () => {
    expect((await get('')).json().functions[1]).toMatchObject({
      ...{ runtime: null, region: null, memory_allocated_mb: null },
      cold_start_stats: {
        ...{ avg_init_duration_ms: null, cold_start_rate: null, total_invocations_24h: 0 },
      },
    });
  });

  it.each(['limit=1001', 'limit=x', 'project=Not-a-slug', 'token=x'])(
    'are refused for %s',
    async (query) => {
      expect((await get(`?${query}`)).statusCode).toBe(400);
    },
  );

  it.each(['', '/payment-service'])('of nobody are not told (%s)', async (path) => {
    const answer = await get(path, 'x');
    expect(answer.statusCode).toBe(401);
    expect(answer.json().detail).toBe('Invalid or missing API key');
  });
});

describe('a function', () => {
  it.each(['f-1', 'payment-service'])('is told by %s, as the seed writes it', async (id) => {
    const answer = await get(`/${id}`);
    expect(answer.json()).toMatchObject({
      ...{ id: 'f-1', function_name: 'payment-service', memory_allocated_mb: 512 },
      module_breakdown: {
        'aws-sdk': {
          ...{ avg_load_time_ms: 850, p50_ms: 850, p95_ms: 850, p99_ms: 850 },
          ...{ self_p50_ms: 700, unused_rate: 1, parent: null },
        },
        xml2js: { parent: 'aws-sdk' },
      },
      recommendations: [
        {
          ...{ module: 'aws-sdk', issue: 'Loading entire SDK at startup' },
          suggestion: 'Use modular @aws-sdk/client-* packages',
          ...{ potential_savings_ms: 750, kind: 'whole_sdk', confidence: 'high', samples: 31 },
        },
      ],
    });
  });

  it('that nobody knows is not found', async () => {
    const answer = await get('/unknown');
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toMatchObject({ error_code: 'NOT_FOUND' });
  });

  it.each(['start=yesterday', 'end=1', 'limit=5'])('is not told of %s', async (query) => {
    expect((await get(`/f-1?${query}`)).statusCode).toBe(400);
  });
});

it('is asked for once for all keys of a project, with the range and name that are wanted', async () => {
  const asked: GetFunctionRequest[] = [];
  const own = await servicesRig({
    stats: {
      async getFunction(request: GetFunctionRequest) {
        asked.push(request);
        const modules = [{ module: '__proto__', total: { average: 5 } }];
        return FunctionDetails.fromPartial({ function: { id: 'f' }, modules });
      },
    } as never,
  });
  const path = `/${encodeURIComponent('a b/ü')}?start=2026-01-01T00:00:00Z`;
  const answers = [await get(path, projectKey, own), await get(path, projectKey, own)];
  expect(answers[1]?.body).toBe(answers[0]?.body);
  expect(answers[0]?.body).toContain('"__proto__":{"avg_load_time_ms":5');
  expect((await get(`${path}&project=blue`, adminKey, own)).statusCode).toBe(200);
  const range = { start: new Date('2026-01-01T00:00:00Z'), end: undefined };
  expect(asked).toEqual([
    { project: '', function: 'a b/ü', range },
    { project: 'blue', function: 'a b/ü', range },
  ]);
  await own.close();
});
