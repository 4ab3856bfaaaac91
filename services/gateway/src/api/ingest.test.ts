import { fromJsonBytes, InvocationReport, PlatformError } from '@pilotlight/contracts';
import { ManualClock } from '@pilotlight/lifecycle';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GatewayRig, gatewayRig, projectKey, smallKey } from '../testing/gateway-rig.ts';
import { seedExample, seedReceivedAt } from '../testing/invocations.ts';

let rig: GatewayRig;
let clock: ManualClock;
beforeEach(async () => {
  clock = new ManualClock(seedReceivedAt);
  rig = await gatewayRig({ clock });
});
afterEach(() => rig.close());

const post = (path: string, payload: unknown, headers: Record<string, string> = {}) =>
  rig.app.inject({
    method: 'POST',
    url: `/api/v1/ingest${path}`,
    headers: { 'x-api-key': projectKey, 'content-type': 'application/json', ...headers },
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
  });
const numbered = (count: number, more: object = {}) =>
  Array.from({ length: count }, (_, index) => ({
    ...{ ...seedExample, invocation_id: `i-${index}`, ...more },
  }));

/** Everything that was put on the bus. */
async function stored(): Promise<InvocationReport[]> {
  const reports: InvocationReport[] = [];
  const total = await rig.bus.published('TELEMETRY');
  for (let sequence = 1; sequence <= total; sequence += 1) {
    const message = await rig.bus.read('TELEMETRY', sequence);
    if (message === undefined) continue;
    expect(message.subject).toBe('telemetry.invocation.blue');
    reports.push(fromJsonBytes(InvocationReport, message.data));
  }
  return reports;
}

describe('one invocation', () => {
  it('is taken in as the seed writes it, and is on the bus when that is said', async () => {
    const answer = await post('', seedExample);
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({ status: 'ok', invocation_id: 'abc-123-def' });
    expect(await stored()).toMatchObject([
      {
        ...{ project: 'blue', receivedAt: seedReceivedAt },
        invocations: [{ functionName: 'payment-service', moduleTimings: { 'aws-sdk': 850 } }],
      },
    ]);
  });

  it('without an id gets one', async () => {
    const { invocation_id: _, ...given } = seedExample;
    const { invocation_id: id } = (await post('', given)).json();
    expect((await stored())[0]?.invocations[0]).toMatchObject({ id, invocationId: '' });
  });

  it('is refused field by field', async () => {
    const answer = await post('', { ...seedExample, timestamp: 'now', cold_start: null });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toEqual({
      ...{ detail: 'Validation error', error_code: 'VALIDATION_ERROR' },
      timestamp: seedReceivedAt.toISOString(),
      errors: [
        { field: 'cold_start', problem: 'is needed' },
        { field: 'timestamp', problem: expect.stringContaining('ISO 8601') },
      ],
    });
    expect(await stored()).toEqual([]);
  });

  it.each([
    ['nothing', '', 400],
    ['no JSON', '{"function_name":', 400],
    ['a list', '[]', 400],
    ['null', 'null', 400],
    ['a body without end', `{"function_name":"${'x'.repeat(5 * 1024 * 1024)}"}`, 413],
  ])('cannot be %s', async (_, payload, status) => {
    const answer = await post('', payload);
    expect(answer.statusCode).toBe(status);
    expect(answer.json().detail).toEqual(expect.any(String));
  });

  it('may have 10,000 modules, of which one is named __proto__', async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => `"m${index}":${index}`);
    const { module_timings: _, ...rest } = seedExample;
    const body = JSON.stringify(rest).slice(0, -1);
    const timings = `"module_timings":{"__proto__":20000,${many.join(',')}}`;
    expect((await post('', `${body},${timings}}`)).statusCode).toBe(200);
    const kept = (await stored())[0]?.invocations[0]?.moduleTimings ?? {};
    expect(Object.keys(kept)).toHaveLength(501);
    expect(Object.entries(kept)).toContainEqual(['__proto__', 20_000]);
    expect(kept['(other modules)']).toBeGreaterThan(0);
  });
});

describe('a batch', () => {
  it('is taken in as one message and one call', async () => {
    const answer = await post('/batch', { invocations: numbered(100) }, { 'x-api-key': smallKey });
    expect(answer.json()).toEqual({ status: 'ok', processed: 100, failed: 0 });
    expect(answer.headers['ratelimit']).toMatch(/^"request";r=2;t=/);
    expect(await rig.bus.published('TELEMETRY')).toBe(1);
  });

  it('is taken in but for what is wrong in it', async () => {
    const invocations: unknown[] = numbered(3);
    invocations[1] = { ...seedExample, invocation_id: 'bad', timestamp: '2020-01-01T00:00:00Z' };
    invocations.push(7);
    const answer = await post('/batch', { invocations });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({
      ...{ status: 'ok', processed: 2, failed: 2 },
      errors: [
        {
          ...{ index: 1, invocation_id: 'bad' },
          errors: [{ field: 'invocations[1].timestamp', problem: 'must be of the last 400 days' }],
        },
        {
          ...{ index: 3, invocation_id: null },
          errors: [{ field: 'invocations[3]', problem: 'must be an object' }],
        },
      ],
    });
    const [report] = await stored();
    expect(report?.invocations.map(({ invocationId }) => invocationId)).toEqual(['i-0', 'i-2']);
  });

  it('with nothing right in it is refused', async () => {
    const answer = await post('/batch', { invocations: numbered(2, { cold_start: 'yes' }) });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({
      ...{ detail: 'Validation error', error_code: 'VALIDATION_ERROR' },
      errors: [{ field: 'invocations[0].cold_start' }, { field: 'invocations[1].cold_start' }],
    });
  });

  it.each([
    ['is missing', {}],
    ['is null', { invocations: null }],
    ['is no list', { invocations: {} }],
    ['is empty', { invocations: [] }],
    ['has more than 100', { invocations: numbered(101) }],
    ['is not in an object', []],
  ])('is refused where its list %s', async (_, payload) => {
    const answer = await post('/batch', payload);
    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toMatchObject([{ field: 'invocations' }]);
  });
});

describe('repeated', () => {
  it('at once, a report is stored once', async () => {
    for (let time = 0; time < 3; time += 1) {
      clock.advance(1_000);
      expect((await post('', seedExample)).statusCode).toBe(200);
    }
    expect(await stored()).toHaveLength(1);
  });

  it('with another content it is another report of the same row', async () => {
    await post('', seedExample);
    await post('', { ...seedExample, execution_duration_ms: 146 });
    await post('/batch', { invocations: [seedExample] });
    const reports = await stored();
    expect(reports).toHaveLength(3);
    expect(new Set(reports.map(({ invocations }) => invocations[0]?.id)).size).toBe(1);
  });

  it('without an id each is one of its own', async () => {
    const { invocation_id: _, ...given } = seedExample;
    for (let time = 0; time < 2; time += 1) await post('', given);
    const ids = (await stored()).map(({ invocations }) => invocations[0]?.id);
    expect(new Set(ids).size).toBe(2);
  });
});

describe('nothing is said to be taken in that is not on disk:', () => {
  it('503 while the bus is away', async () => {
    rig.bus.setStatus('disconnected');
    const answer = await post('', seedExample);
    expect(answer.statusCode).toBe(503);
    expect(answer.headers['retry-after']).toBe('1');
    expect(answer.json()).toMatchObject({ error_code: 'UNAVAILABLE' });
    rig.bus.setStatus('connected');
    expect((await post('', seedExample)).statusCode).toBe(200);
  });

  it('503 while its stream is full', async () => {
    rig.bus.publish = async () => {
      throw new PlatformError('resource_exhausted', 'The stream is full.');
    };
    const answer = await post('', seedExample);
    expect(answer.statusCode).toBe(503);
    expect(answer.headers['retry-after']).toBe('10');
  });
});

describe('callers', () => {
  it.each([
    ['without a key', {}],
    ['with a key that nobody knows', { 'x-api-key': `csa_${'u'.repeat(32)}` }],
    ['with what is no key', { 'x-api-key': 'csa_x' }],
  ])('%s are refused', async (_, headers) => {
    const url = '/api/v1/ingest';
    const answer = await rig.app.inject({ method: 'POST', url, headers, payload: seedExample });
    expect(answer.statusCode).toBe(401);
    expect(answer.json()).toMatchObject({
      ...{ detail: 'Invalid or missing API key', error_code: 'AUTHENTICATION_ERROR' },
    });
  });

  it('who come too often are told when to come back', async () => {
    const statuses: number[] = [];
    for (let call = 0; call < 3; call += 1) {
      statuses.push((await post('', seedExample, { 'x-api-key': smallKey })).statusCode);
    }
    const answer = await post('/batch', { invocations: [] }, { 'x-api-key': smallKey });
    expect(statuses).toEqual([200, 200, 200]);
    expect(answer.statusCode).toBe(429);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(answer.json()).toMatchObject({ error_code: 'RATE_LIMIT_ERROR' });
  });
});
