// Sandboxes, pools, statistics and keys by REST, against the whole platform.
import { tarEnd, tarHeader, tarPadding } from '@pilotlight/contracts';
import { describe, expect, it } from 'vitest';
import { usePlatform } from './fixture.ts';
import { until } from './until.ts';

const under = usePlatform({ templates: ['shell', 'python'] });

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks at answers as they come.
  readonly json: any;
}

async function call(
  method: string,
  path: string,
  { body, token, key, type }: { body?: unknown; token?: string; key?: string; type?: string } = {},
): Promise<Answer> {
  const { http, apiKey } = under.platform.endpoints;
  const raw = body instanceof Uint8Array;
  const response = await fetch(`${http}/api/v1/${path}`, {
    method,
    headers: {
      'x-api-key': key ?? apiKey,
      ...(token && { 'x-lease-token': token }),
      ...(body !== undefined && { 'content-type': type ?? 'application/json' }),
    },
    ...(body !== undefined && { body: raw ? new Uint8Array(body) : JSON.stringify(body) }),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  const { status, headers } = response;
  return { status, headers, bytes, json: isJson ? JSON.parse(bytes.toString()) : undefined };
}

const lease = async (body: object = {}) => {
  const { status, json } = await call('POST', 'sandboxes', {
    body: { template: 'shell', user_id: 'ada', ...body },
  });
  expect(status).toBe(201);
  return { url: `sandboxes/${json.sandbox_id}`, token: json.token as string, json };
};

function archive(path: string, content: Buffer, typeflag = '0'): Buffer {
  const sizeBytes = typeflag === '0' ? content.length : 0;
  const entry = { path, kind: 'file', sizeBytes, mode: 0o644, modifiedAt: new Date(0) } as const;
  const header = Buffer.from(tarHeader(entry));
  if (typeflag !== '0') {
    // A link, which tarHeader does not write: its type, its target, and the checksum again.
    header.write(typeflag, 156, 'latin1');
    header.write('/etc/passwd', 157, 'latin1');
    header.fill(' ', 148, 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  }
  const data = typeflag === '0' ? [content, tarPadding(content.length)] : [];
  return Buffer.concat([header, ...data, tarEnd]);
}

describe('a sandbox by REST', () => {
  it('is leased warm or cold with its phases, runs commands, and is released', async () => {
    const { url, token, json } = await lease({ env: { GREETING: 'hello' } });
    expect(json).toMatchObject({ template: 'shell', node: under.node });
    expect(json.acquisition_ms).toBeGreaterThan(0);
    expect(json.phases.total_ms).toBeGreaterThan(0);
    const ran = await call('POST', `${url}/exec`, {
      token,
      body: { command: 'echo $GREETING; cat; exit 3', stdin: 'from stdin' },
    });
    expect(ran.json).toMatchObject({ exit_code: 3, stdout: 'hello\nfrom stdin', timed_out: false });
    const slow = { argv: ['sleep', '60'], timeout_seconds: 1 };
    const killed = await call('POST', `${url}/exec`, { token, body: slow });
    expect(killed.json).toMatchObject({ exit_code: -1, timed_out: true });
    const binary = { argv: ['printf', '\\377\\000'] };
    const bytes = await call('POST', `${url}/exec`, { token, body: binary });
    expect(bytes.json).toMatchObject({ stdout: '/wA=', stdout_encoding: 'base64' });
    expect((await call('DELETE', url, { token })).status).toBe(204);
    expect((await call('DELETE', url, { token })).status).toBe(204);
    expect((await call('GET', url, { token })).status).toBe(403);
  });

  it('streams what a command writes', async () => {
    const { url, token } = await lease();
    const command = 'echo first; echo second >&2; exit 1';
    const { headers, bytes } = await call('POST', `${url}/exec?stream=true`, {
      token,
      body: { command },
    });
    expect(headers.get('content-type')).toContain('text/event-stream');
    const events = bytes.toString();
    expect(events).toContain('event: output\ndata: {"stream":"stdout","data":"first\\n"}');
    expect(events).toContain('event: output\ndata: {"stream":"stderr","data":"second\\n"}');
    expect(events.trimEnd().split('\n\n').at(-1)).toBe(
      'event: exit\ndata: {"exit_code":1,"signal":null,"timed_out":false}',
    );
    await call('DELETE', url, { token });
  });

  it('kills a command whose caller goes away', async () => {
    const { url, token } = await lease();
    const { http, apiKey } = under.platform.endpoints;
    const gone = new AbortController();
    const running = fetch(`${http}/api/v1/${url}/exec?stream=true`, {
      ...{ method: 'POST', signal: gone.signal },
      headers: {
        ...{ 'x-api-key': apiKey, 'x-lease-token': token },
        'content-type': 'application/json',
      },
      body: JSON.stringify({ argv: ['sleep', '600'] }),
    });
    const looksFor = { command: 'grep -l sleep /proc/[0-9]*/comm' };
    const sleeping = async () => {
      const { json } = await call('POST', `${url}/exec`, { token, body: looksFor });
      return json.exit_code === 0;
    };
    await running;
    await until('it sleeps', sleeping);
    gone.abort();
    await until('it is killed', async () => !(await sleeping()));
    await call('DELETE', url, { token });
  });

  it('takes files as a list and as an archive, and gives them back', async () => {
    const { url, token } = await lease({ files: [{ path: 'given', content: 'with the lease' }] });
    const content = Buffer.alloc(8_000_000, 'some text, ');
    const listed = { files: [{ path: 'a/b.bin', content: '/wA=', encoding: 'base64' }] };
    expect((await call('PUT', `${url}/files`, { token, body: listed })).json.files).toBe(1);
    const unpacked = await call('PUT', `${url}/files?path=in`, {
      ...{ token, type: 'application/x-tar', body: archive('big', content) },
    });
    expect(unpacked.json).toEqual({ files: 1, bytes: content.length });
    const { json } = await call('GET', `${url}/files?recursive=true`, { token });
    expect(json.entries.map(({ path }: { path: string }) => path)).toEqual(
      expect.arrayContaining(['a', 'a/b.bin', 'given', 'in', 'in/big']),
    );
    const big = await call('GET', `${url}/files/content?path=in/big`, { token });
    expect(big.bytes.equals(content)).toBe(true);
    const small = await call('GET', `${url}/files/content?path=a/b.bin`, { token });
    expect(small.bytes).toEqual(Buffer.from([0xff, 0]));
    const given = await call('GET', `${url}/files/content?path=given`, { token });
    expect(given.bytes.toString()).toBe('with the lease');
    await call('DELETE', url, { token });
  });

  it('lets no path out of it', async () => {
    const { url, token } = await lease();
    for (const path of ['../escape', '/etc/escape', 'a/../../escape', 'a\0b']) {
      const body = { files: [{ path, content: 'x' }] };
      expect([path, (await call('PUT', `${url}/files`, { token, body })).status]).toEqual([
        path,
        400,
      ]);
    }
    const type = 'application/x-tar';
    for (const body of [
      archive('../escape', Buffer.from('x')),
      archive('/etc/escape', Buffer.from('x')),
      archive('link', Buffer.alloc(0), '2'),
      archive('link', Buffer.alloc(0), '1'),
      Buffer.from('no archive at all'),
    ]) {
      expect((await call('PUT', `${url}/files`, { token, type, body })).status).toBe(400);
    }
    const folder = encodeURIComponent('../..');
    const body = archive('x', Buffer.from('x'));
    const outside = await call('PUT', `${url}/files?path=${folder}`, { token, type, body });
    expect(outside.status).toBe(400);
    await call('POST', `${url}/exec`, { token, body: { command: 'ln -s /etc/passwd link' } });
    const link = await call('GET', `${url}/files/content?path=link`, { token });
    expect(link.status).toBe(409);
    expect((await call('GET', `${url}/files/content?path=none`, { token })).status).toBe(404);
    const { json } = await call('GET', `${url}/files`, { token });
    expect(json.entries.map(({ path }: { path: string }) => path)).toEqual(['link']);
    await call('DELETE', url, { token });
  });

  it('is paused, resumed and kept alive', async () => {
    const { url, token } = await lease();
    expect((await call('POST', `${url}/pause`, { token })).json.state).toBe('paused');
    expect((await call('GET', url, { token })).json.state).toBe('paused');
    expect((await call('POST', `${url}/resume`, { token })).json.state).toBe('leased');
    expect((await call('POST', `${url}/keep-alive`, { token })).json.state).toBe('leased');
    await call('DELETE', url, { token });
  });

  it('is nobody’s without its token, and the same for the same Idempotency-Key', async () => {
    const { url } = await lease();
    const guessed = await call('GET', url, { token: 'AAAAAAAAAAAAAAAAAAAAAA' });
    expect([guessed.status, guessed.json.error_code]).toEqual([403, 'PERMISSION_DENIED']);
    const { http, apiKey } = under.platform.endpoints;
    const again = () =>
      fetch(`${http}/api/v1/sandboxes`, {
        method: 'POST',
        headers: {
          ...{ 'x-api-key': apiKey, 'content-type': 'application/json' },
          'idempotency-key': 'the-same',
        },
        body: JSON.stringify({ template: 'shell', user_id: 'ada' }),
      }).then((response) => response.json() as Promise<{ sandbox_id: string }>);
    expect((await again()).sandbox_id).toBe((await again()).sandbox_id);
  });
});

describe('what is around sandboxes', () => {
  it('pools are listed, forecast, and change for good', async () => {
    const { json } = await call('GET', 'pools');
    expect(json.pools.map(({ template }: { template: string }) => template)).toContain('python');
    const changed = await call('PATCH', 'pools/python', { body: { max_size: 5 } });
    expect(changed.json.policy.max_size).toBe(5);
    await until('the policy is seen', async () => {
      return (await call('GET', 'pools/python')).json.policy.max_size === 5;
    });
    const forecast = await call('GET', 'pools/python/prediction');
    expect(forecast.json).toMatchObject({ template: 'python' });
    expect((await call('GET', 'pools/cobol')).status).toBe(404);
  });

  it('languages say what can be run', async () => {
    const { languages } = (await call('GET', 'languages')).json;
    const python = languages.find(({ language }: { language: string }) => language === 'python');
    expect(python).toMatchObject({ template: 'python', available: true, compiled: false });
    expect(python.versions[0]).toMatch(/^3\./);
  });

  it('statistics have the leases', async () => {
    const total = await until('the leases are recorded', async () => {
      const { status, json } = await call('GET', 'stats?template=shell');
      return status === 200 && json.total.requests >= 5 && json.total;
    });
    expect(total.served).toBeGreaterThan(0);
    const { json } = await call('GET', 'activity?template=shell&user_id=ada&limit=3');
    expect(json.activity[0]).toMatchObject({ template: 'shell', user_id: 'ada' });
    expect((await call('GET', 'analysis')).status).toBe(200);
  });

  it('keys are made for a project, speak for it alone, and end at once', async () => {
    const project = { name: 'Blue', slug: 'blue' };
    await until('there is a database', async () => {
      const { status } = await call('POST', 'projects', { body: project });
      return status === 201;
    });
    const made = await call('POST', 'keys', { body: { project: 'blue', name: 'a test' } });
    expect(made.status).toBe(201);
    const { key, details } = made.json;
    await until('the key works', async () => (await call('GET', 'me', { key })).status === 200);
    expect((await call('GET', 'keys', { key })).status).toBe(403);
    const leased = await call('POST', 'sandboxes', { key, body: { template: 'shell' } });
    const mine = await call('GET', 'sandboxes', { key });
    expect(mine.json.sandboxes).toMatchObject([{ user_id: 'blue' }]);
    const url = `sandboxes/${leased.json.sandbox_id}`;
    await call('DELETE', url, { key, token: leased.json.token });
    expect((await call('DELETE', `keys/${details.id}`)).json.active).toBe(false);
    await until('it is revoked', async () => (await call('GET', 'me', { key })).status === 401);
    const { keys } = (await call('GET', 'keys?project=blue')).json;
    expect(keys).toMatchObject([{ prefix: key.slice(0, 8), active: false }]);
    expect(JSON.stringify(keys)).not.toContain(key);
    expect((await call('GET', 'plans')).json.plans.length).toBeGreaterThan(0);
  });
});
