import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asAdmin, type ServicesRig, servicesRig } from '../testing/services-rig.ts';

let rig: ServicesRig;
let url: string;
let headers: Record<string, string>;

beforeAll(async () => {
  rig = await servicesRig();
  const answer = await rig.app.inject({
    ...{ method: 'POST', url: '/api/v1/sandboxes', headers: asAdmin() },
    payload: { template: 'python' },
  });
  url = `/api/v1/sandboxes/${answer.json().sandbox_id}/exec`;
  headers = asAdmin({ 'x-lease-token': answer.json().token });
});
afterAll(() => rig.close());

const exec = (payload: object, more: object = {}) =>
  rig.app.inject({ method: 'POST', url, headers: { ...headers, ...more }, payload });

describe('a command', () => {
  it('answers with how it ended and what it wrote', async () => {
    expect((await exec({ argv: ['echo', 'a', 'b'] })).json()).toEqual({
      ...{ exit_code: 0, signal: null, timed_out: false },
      ...{ stdout: 'a b\n', stdout_truncated: false, stderr: '', stderr_truncated: false },
    });
    expect((await exec({ argv: ['fail'] })).json()).toMatchObject({ exit_code: 3 });
    expect((await exec({ argv: ['hang'] })).json()).toMatchObject({
      exit_code: -1,
      timed_out: true,
    });
  });

  it('has an environment, and reads text and bytes', async () => {
    expect((await exec({ argv: ['env'], env: { N: '1' } })).json().stdout).toBe('{"N":"1"}\n');
    expect((await exec({ argv: ['cat'], stdin: 'é' })).json().stdout).toBe('é');
    const bytes = { argv: ['cat'], stdin: '/wA=', stdin_encoding: 'base64' };
    expect((await exec(bytes)).json()).toMatchObject({ stdout: '/wA=', stdout_encoding: 'base64' });
  });

  it('may be a line for the shell', async () => {
    expect((await exec({ command: 'ls | wc' })).json()).toMatchObject({ exit_code: 127 });
  });

  it('is cut at a MiB of each stream, and still read to its end', async () => {
    const { stdout, stderr, ...ended } = (await exec({ argv: ['flood', '20'] })).json();
    expect([stdout.length, stderr.length]).toEqual([1024 * 1024, 1024 * 1024]);
    expect(ended).toMatchObject({ exit_code: 0, stdout_truncated: true, stderr_truncated: true });
  });

  it.each([
    [{}],
    [{ argv: ['a'], command: 'a' }],
    [{ argv: [] }],
    [{ argv: ['a'], cwd: 'relative' }],
    [{ argv: ['a'], stdin: '?', stdin_encoding: 'base64' }],
    [{ argv: ['a'], tty: true }],
  ])('is refused where the body is no good: %j', async (payload) => {
    expect((await exec(payload)).statusCode).toBe(400);
  });

  it('is refused with a wrong token', async () => {
    const refused = await exec({ argv: ['echo'] }, { 'x-lease-token': 'guessed' });
    expect(refused.statusCode).toBe(403);
  });
});

describe('the events of a command', () => {
  it('come as server-sent events, asked for either way', async () => {
    const accepting = await exec({ argv: ['echo', 'é'] }, { accept: 'text/event-stream' });
    expect(accepting.headers['content-type']).toContain('text/event-stream');
    expect(accepting.body).toBe(
      ': running\n\nevent: output\ndata: {"stream":"stdout","data":"é\\n"}\n\n' +
        'event: exit\ndata: {"exit_code":0,"signal":null,"timed_out":false}\n\n',
    );
    url += '?stream=true';
    expect((await exec({ argv: ['echo', 'é'] })).body).toBe(accepting.body);
  });

  it('are an error with its status where the lease is none', async () => {
    const wrong = { accept: 'text/event-stream', 'x-lease-token': 'guessed' };
    expect((await exec({ argv: ['echo'] }, wrong)).statusCode).toBe(403);
  });
});
