import { afterEach, describe, expect, it } from 'vitest';
import {
  type GatewayRig,
  gatewayRig,
  projectKey,
  type RigOptions,
} from '../testing/gateway-rig.ts';

let rig: GatewayRig;
async function start(options: RigOptions = {}): Promise<GatewayRig['app']> {
  rig = await gatewayRig(options);
  return rig.app;
}
afterEach(() => rig.close());

const key = { 'x-api-key': projectKey };
const json = { ...key, 'content-type': 'application/json' };

describe('refusals have one shape', () => {
  it.each([
    ['an unknown address', { url: '/nowhere' }, 404, 'NOT_FOUND'],
    ['a wrong method', { url: '/api/v1/execute' }, 405, 'METHOD_NOT_ALLOWED'],
    ['no key', { url: '/api/v1/me', headers: {} }, 401, 'AUTHENTICATION_ERROR'],
    ['a key that is none', { url: '/api/v1/me', headers: { 'x-api-key': 'x' } }, 401, undefined],
    ['what is not JSON', { payload: '{"language":' }, 400, 'VALIDATION_ERROR'],
    ['an empty body', { payload: '' }, 400, 'VALIDATION_ERROR'],
    ['a list', { payload: '[]' }, 400, 'VALIDATION_ERROR'],
    [
      'another type',
      { headers: { ...key, 'content-type': 'text/plain' }, payload: 'x' },
      415,
      undefined,
    ],
    ['a prototype', { payload: '{"__proto__":{"a":1},"language":"python"}' }, 400, undefined],
    ['a constructor', { payload: '{"constructor":{"prototype":{"a":1}}}' }, 400, undefined],
    [
      'a large body',
      { payload: `{"code":"${'x'.repeat(6 * 1024 * 1024)}"}` },
      413,
      'PAYLOAD_TOO_LARGE',
    ],
    ['a list without end', { payload: `{"args":[${'1,'.repeat(500_000)}1]}` }, 400, undefined],
    ['names without end', { payload: JSON.stringify(manyMembers()) }, 400, undefined],
    ['a query that is none', { url: '/api/v1/execute?wait=maybe' }, 400, undefined],
    ['a bad escape', { url: '/api/v1/executions/%E0%A4%A' }, 400, 'VALIDATION_ERROR'],
    ['a long id', { url: `/api/v1/executions/${'x'.repeat(300)}` }, 414, 'URI_TOO_LONG'],
  ])('for %s', async (_, given, status, code) => {
    const app = await start();
    const {
      url = '/api/v1/execute',
      headers = json,
      payload,
    } = given as {
      url?: string;
      headers?: Record<string, string>;
      payload?: string;
    };
    const method = payload === undefined && status !== 400 ? 'GET' : 'POST';
    const answer = await app.inject({
      ...{ url, headers, method: url.includes('executions/') ? 'GET' : method },
      ...(payload !== undefined && { payload }),
    });
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject({
      detail: expect.any(String),
      error_code: code ?? expect.any(String),
      timestamp: expect.stringMatching(/^\d{4}-/),
    });
    expect(Object.keys(answer.headers)).not.toContain('server');
    expect(answer.body).not.toMatch(/node_modules|\.ts:/);
  });

  it('says which methods there are', async () => {
    const app = await start();
    const answer = await app.inject({ url: '/api/v1/executions/x', method: 'PUT' });
    expect(answer.headers['allow']).toBe('DELETE, GET, HEAD');
    const options = await app.inject({ url: '/api/v1/execute', method: 'OPTIONS' });
    expect(options).toMatchObject({ statusCode: 204, headers: { allow: 'POST' } });
  });

  it('says nothing of a fault, and logs it', async () => {
    const app = await start();
    rig.executions.fault = new Error('the database password is hunter2');
    const payload = { language: 'python', code: 'hello' };
    const answer = await app.inject({
      url: '/api/v1/execute',
      method: 'POST',
      headers: key,
      payload,
    });
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain('hunter2');
    expect(rig.logged.join('')).toContain('hunter2');
    expect(rig.logged.join('')).not.toContain(projectKey);
  });
});

function manyMembers(): Record<string, number> {
  return Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`m${index}`, 1]));
}

describe('answers', () => {
  it('are held to their description', async () => {
    const app = await start();
    rig.executions.estimate = Number.NaN;
    const payload = { language: 'python', code: 'hello' };
    const answer = await app.inject({
      url: '/api/v1/execute',
      method: 'POST',
      headers: key,
      payload,
    });
    expect(answer.json()).toMatchObject({ error_code: 'INTERNAL_ERROR' });
    expect(answer.statusCode).toBe(500);
    expect(rig.logged.join('')).toContain('estimated_wait_ms');
  });

  it.each(['gzip', 'br', 'zstd'])('are compressed with %s from 1 KB on', async (encoding) => {
    const app = await start();
    const headers = { ...key, 'accept-encoding': encoding };
    const large = await app.inject({ url: '/openapi.json', headers });
    expect(large.headers['content-encoding']).toBe(encoding);
    const small = await app.inject({ url: '/api/v1/health', headers });
    expect(small.headers['content-encoding']).toBeUndefined();
  });

  it("carry on the caller's trace, or begin one", async () => {
    const app = await start();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const given = await app.inject({ url: '/api/v1/health', headers: { traceparent } });
    expect(given.headers['traceparent']).toBe(traceparent);
    const none = await app.inject({ url: '/api/v1/health', headers: { traceparent: 'x' } });
    expect(none.headers['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });

  it('are counted by route and outcome, never by address', async () => {
    const app = await start();
    await app.inject({ url: '/api/v1/executions/secret-id', headers: key });
    await app.inject({ url: '/wp-login.php' });
    const text = await rig.metrics.text();
    expect(text).toMatch(/operation="GET \/api\/v1\/executions\/:id",status="not_found"/);
    expect(text).toMatch(/operation="unknown",status="not_found"/);
    expect(text).not.toMatch(/secret-id|wp-login/);
    expect(text).toMatch(/pilotlight_http_connections\{service="gateway"\} 0/);
  });
});

describe('other origins', () => {
  const preflight = {
    method: 'OPTIONS',
    url: '/api/v1/execute',
    headers: { origin: 'https://app.test', 'access-control-request-method': 'POST' },
  } as const;

  it('may call where they are named', async () => {
    const app = await start({ corsOrigins: ['https://app.test'] });
    const answer = await app.inject(preflight);
    expect(answer.statusCode).toBe(204);
    expect(answer.headers['access-control-allow-origin']).toBe('https://app.test');
    expect(answer.headers['access-control-allow-headers']).toContain('X-API-Key');
    const other = await app.inject({
      ...{ url: '/api/v1/health', headers: { origin: 'https://evil.test' } },
    });
    expect(other.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('may not call by default', async () => {
    const app = await start();
    const answer = await app.inject(preflight);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('the description', () => {
  it('is OpenAPI 3.1 with every route, its answers and who may call it', async () => {
    const app = await start();
    const { openapi, paths, components } = (await app.inject({ url: '/openapi.json' })).json();
    expect(openapi).toBe('3.1.0');
    expect(Object.keys(components.securitySchemes)).toEqual(['key', 'bearer']);
    expect(Object.keys(paths['/api/v1/execute'].post.responses)).toEqual(
      expect.arrayContaining(['200', '202', '4XX', '5XX']),
    );
    expect(paths['/api/v1/health'].get.security).toEqual([]);
    for (const [path, operations] of Object.entries<Record<string, { summary?: string }>>(paths)) {
      for (const [method, { summary }] of Object.entries(operations)) {
        expect(summary, `${method} ${path}`).toBeTruthy();
      }
    }
  });

  it('has a page that needs nothing from elsewhere', async () => {
    const app = await start();
    const page = await app.inject({ url: '/docs/' });
    expect(page.statusCode).toBe(200);
    expect(page.headers['content-security-policy']).toContain("script-src 'self'");
    expect(page.body).not.toMatch(/(src|href)="https?:/);
    const script = await app.inject({ url: '/docs/static/swagger-ui-bundle.js' });
    expect(script.statusCode).toBe(200);
  });
});

describe('a key for a POST that no service keeps', () => {
  async function tickets() {
    const app = await start();
    const url = '/api/v1/tickets';
    return (headers: Record<string, string>) =>
      app.inject({ url, method: 'POST', headers: { ...key, ...headers } });
  }

  it('gets the first answer again', async () => {
    const post = await tickets();
    const headers = { 'idempotency-key': 'a' };
    const [first, again] = [await post(headers), await post(headers)];
    expect(first.statusCode).toBe(201);
    expect(again.statusCode).toBe(201);
    expect(again.body).toBe(first.body);
    expect(again.headers['idempotency-replayed']).toBe('true');
    const other = await post({ 'idempotency-key': 'b' });
    expect(other.body).not.toBe(first.body);
    const bucket = await rig.bus.bucket('answers');
    const kept: string[] = [];
    for await (const change of bucket.watch(AbortSignal.timeout(5_000))) {
      if (change.kind === 'caught_up') break;
      if (change.kind === 'put') kept.push(Buffer.from(change.entry.value).toString());
    }
    expect(kept).toHaveLength(2);
    expect(kept.join('')).not.toContain(first.json().ticket);
  });

  it('tells a second one to wait while the first is being answered', async () => {
    const post = await tickets();
    const headers = { 'idempotency-key': 'a' };
    const both = await Promise.all([post(headers), post(headers)]);
    const statuses = both.map(({ statusCode }) => statusCode).toSorted();
    expect(statuses).toEqual([201, 409]);
    const refused = both.find(({ statusCode }) => statusCode === 409);
    expect(refused?.headers['retry-after']).toBe('1');
  });
});
