// Requests made of the API's own description, good ones and bad ones: nothing breaks, and every answer is as
// it is described.
import { PlatformError } from '@pilotlight/contracts';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminKey } from '../testing/gateway-rig.ts';
import {
  type DescribedOperation,
  type Description,
  type MadeRequest,
  operationsOf,
  requestsOf,
} from '../testing/openapi-requests.ts';
import { type ServicesRig, servicesRig } from '../testing/services-rig.ts';
import type { Platform } from './gateway.ts';

const requestsEach = 150;
const seed = 5;
/** Executions that there are by then, and a function. */
const known = { id: ['run-1', 'run-2', 'run-3', 'payment-service'] };
/** By design: what a service does not offer, and what is not there. */
const allowedFaults = [501, 503];

let rig: ServicesRig;
let description: Description;
beforeAll(async () => {
  rig = await servicesRig({ keys: unimplemented() });
  description = (await rig.app.inject({ url: '/openapi.json' })).json();
}, 30_000);
afterAll(() => rig.close());

function unimplemented(): Platform['keys'] {
  const refuse = async () => {
    throw new PlatformError('unimplemented', 'Not here.');
  };
  return new Proxy({}, { get: () => refuse }) as Platform['keys'];
}

/** Streams that do not end by themselves are others' to test. */
const endless = ['/api/v1/feed'];

const ajv = new Ajv({ strict: false, formats: { 'date-time': true, binary: true } });

/** The requests are good enough to come so far. */
const expectedAnswers: Readonly<Record<string, readonly number[]>> = {
  'POST /api/v1/execute': [200, 202, 400, 415],
  'POST /api/v1/execute/batch': [200, 400, 415],
  'GET /api/v1/executions/{id}': [200, 400, 404],
  'GET /api/v1/executions/{id}/output': [200, 400, 404],
  'POST /api/v1/executions/{id}/input': [400, 404, 409],
  'DELETE /api/v1/executions/{id}': [200, 400, 404],
  'POST /api/v1/ingest': [200, 400, 415],
  'POST /api/v1/ingest/batch': [200, 400, 415],
  'GET /api/v1/functions': [200, 400],
  'GET /api/v1/functions/{id}': [400, 404],
};

/** How often each operation was answered by each status. */
const answered = new Map<string, Map<number, number>>();

async function expectDescribed(described: DescribedOperation, made: MadeRequest): Promise<void> {
  const { method, url, headers, payload } = made;
  const answer = await rig.app.inject({
    method: method as 'GET',
    ...{ url, headers: { 'x-api-key': adminKey, ...headers } },
    ...(payload !== undefined && { payload }),
  });
  const { statusCode: status, body } = answer;
  const name = `${method} ${described.path}`;
  const counts = answered.get(name) ?? new Map<number, number>();
  answered.set(name, counts.set(status, (counts.get(status) ?? 0) + 1));
  const about = `${method} ${url} ${JSON.stringify(headers)} ${payload ?? ''}\n${status} ${body}`;
  if (status >= 500) expect(allowedFaults, about).toContain(status);
  const { responses } = described.operation;
  // What no route is found for is no operation's answer.
  const response = responses[status] ?? responses[`${String(status)[0]}XX`];
  expect(response, about).toBeDefined();
  const schema = response?.content?.['application/json']?.schema;
  const isJson = String(answer.headers['content-type']).startsWith('application/json');
  if (schema === undefined || !isJson) return;
  const check = ajv.compile(schema);
  expect(check(answer.json()), `${about}\n${JSON.stringify(check.errors)}`).toBe(true);
}

describe('every operation of the description', () => {
  it('withstands what is sent to it', async () => {
    const operations = operationsOf(description).filter(({ path }) => !endless.includes(path));
    expect(operations.length).toBeGreaterThan(5);
    for (const operation of operations) {
      await fc.assert(
        fc.asyncProperty(requestsOf(operation, known), (made) => expectDescribed(operation, made)),
        { numRuns: requestsEach, seed, endOnFailure: true },
      );
    }
    for (const [wanted, statuses] of Object.entries(expectedAnswers)) {
      expect([...(answered.get(wanted)?.keys() ?? [])], wanted).toEqual(
        expect.arrayContaining([...statuses]),
      );
    }
    const health = await rig.app.inject({ url: '/api/v1/health' });
    expect(health.statusCode).toBe(200);
    const faults = rig.logged.filter((line) => line.includes('call failed'));
    expect(faults).toEqual([]);
  }, 300_000);
});
