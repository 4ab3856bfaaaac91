import { setImmediate } from 'node:timers/promises';
import { OutputChunk, subject, toJsonBytes } from '@pilotlight/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { adminKey, type GatewayRig, gatewayRig, projectKey } from '../testing/gateway-rig.ts';
import { TestSocket } from '../testing/socket.ts';

let rig: GatewayRig;
let origin: string;
beforeEach(async () => {
  rig = await gatewayRig({ corsOrigins: ['https://friend.example'] });
  origin = await rig.app.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(() => rig.close());

const admin = { 'x-api-key': adminKey };

function connect(path: string, headers: Record<string, string> = admin): TestSocket {
  return new TestSocket(`${origin.replace('http', 'ws')}${path}`, headers);
}

async function submit(code: string, more: object = {}): Promise<string> {
  const answer = await rig.app.inject({
    ...{ method: 'POST', url: '/api/v1/execute', headers: admin },
    payload: { language: 'python', code, ...more },
  });
  return answer.json<{ execution_id: string }>().execution_id;
}

async function write(executionId: string, sequence: number, text: string): Promise<void> {
  const chunk = OutputChunk.create({
    ...{ executionId, attempt: 1, sequence, stream: 'stdout', stage: 'run' },
    data: Buffer.from(text),
  });
  const where = subject('executionOutput', { id: executionId });
  await rig.bus.publish(where, toJsonBytes(OutputChunk, chunk));
}

describe('watching', () => {
  it('tells status, output and result, and closes', async () => {
    const id = await submit('loop');
    const socket = await connect(`/ws/execution/${id}`).opened();
    await socket.until(({ type }) => type === 'status');
    await write(id, 1, 'one');
    await write(id, 2, 'two');
    await socket.until(({ seq }) => seq === 2);
    socket.say({ type: 'cancel' });
    expect(await socket.closed).toEqual({ code: 1000, reason: '' });
    expect(socket.told).toMatchObject([
      { type: 'status', status: 'queued', queued_at: null, started_at: null },
      { type: 'output', seq: 1, stream: 'stdout', stage: 'run', data: 'one' },
      { type: 'output', seq: 2, data: 'two' },
      { type: 'complete', result: { execution_id: id, status: 'cancelled' } },
    ]);
  });

  it('goes on from a sequence number', async () => {
    const id = await submit('loop');
    await write(id, 1, 'one');
    await write(id, 2, 'two');
    const socket = connect(`/ws/execution/${id}?from=2`);
    await socket.until(({ seq }) => seq === 2);
    expect(socket.output).toBe('two');
    socket.socket.terminate();
  });

  it('hands input on in order', async () => {
    const id = await submit('read', { interactive: true });
    const socket = await connect(`/ws/execution/${id}`).opened();
    socket.say({ type: 'stdin', data: 'é' });
    socket.say({ type: 'stdin', data: 'AP8=', encoding: 'base64' });
    socket.say({ type: 'signal', signal: 'SIGINT' });
    socket.say({ type: 'stdin_close' });
    while (rig.executions.inputs.length < 4) await setImmediate();
    expect(rig.executions.inputs.map(({ input }) => input)).toEqual([
      { $case: 'data', data: Buffer.from('é') },
      { $case: 'data', data: Buffer.from([0, 255]) },
      { $case: 'signal', signal: 'SIGINT' },
      { $case: 'closed', closed: true },
    ]);
  });

  it('says what becomes of input that nobody takes, and goes on', async () => {
    const id = await submit('loop');
    const socket = await connect(`/ws/execution/${id}`).opened();
    socket.say({ type: 'stdin', data: 'x' });
    expect(await socket.until(({ type }) => type === 'error')).toMatchObject({
      error_code: 'FAILED_PRECONDITION',
    });
    socket.say({ type: 'cancel' });
    expect((await socket.closed).code).toBe(1000);
  });
});

describe('who may watch', () => {
  it('lets nobody in without a key, and nobody else see', async () => {
    const id = await submit('loop');
    expect((await connect(`/ws/execution/${id}`, {}).closed).code).toBe(4001);
    const foreign = { authorization: `Bearer ${projectKey}` };
    expect((await connect(`/ws/execution/${id}`, foreign).closed).code).toBe(4004);
    expect((await connect('/ws/execution/none').closed).code).toBe(4004);
  });

  it('takes a ticket once', async () => {
    const id = await submit('hello');
    const asked = await rig.app.inject({ method: 'POST', url: '/api/v1/tickets', headers: admin });
    expect(asked.statusCode).toBe(201);
    const { ticket, expires_in_ms } = asked.json<{ ticket: string; expires_in_ms: number }>();
    expect(expires_in_ms).toBe(30_000);
    const both = [1, 2].map(() => connect(`/ws/execution/${id}?ticket=${ticket}`, {}).closed);
    const codes = (await Promise.all(both)).map(({ code }) => code);
    expect(codes.toSorted()).toEqual([1000, 4001]);
    const forged = `${(Date.now() + 60_000).toString(36)}-${ticket.split('-').slice(1).join('-')}`;
    expect((await connect(`/ws/execution/${id}?ticket=${forged}`, {}).closed).code).toBe(4001);
  });

  it('closes when the key is revoked', async () => {
    const id = await submit('loop');
    const socket = connect(`/ws/execution/${id}`);
    await socket.until(({ type }) => type === 'status');
    rig.revoke(adminKey);
    expect((await socket.closed).code).toBe(4001);
  });

  it('refuses the pages of strangers', async () => {
    const id = await submit('hello');
    const from = (page: string) =>
      connect(`/ws/execution/${id}`, { ...admin, origin: page }).closed;
    expect((await from('https://stranger.example')).code).toBe(4001);
    expect((await from('null')).code).toBe(4001);
    expect((await from('https://friend.example')).code).toBe(1000);
    expect((await from(origin)).code).toBe(1000);
  });
});

describe('garbage', () => {
  const bad: readonly (readonly [string, string | Buffer])[] = [
    ['what is no JSON', '{'],
    ['what is no object', '[]'],
    ['an unknown type', '{"type":"x"}'],
    ['an unknown field', '{"type":"cancel","x":1}'],
    ['a signal that is none', '{"type":"signal","signal":"; rm"}'],
    ['bytes', Buffer.from('{"type":"cancel"}')],
    ['too long a message', JSON.stringify({ type: 'stdin', data: 'x'.repeat(64 * 1024) })],
  ];
  it.each(bad)('closes on %s', async (_name, message) => {
    const socket = await connect(`/ws/execution/${await submit('loop')}`).opened();
    socket.socket.send(message);
    expect((await socket.closed).code).toBe(1008);
  });

  it('closes on a flood', async () => {
    const socket = await connect(`/ws/execution/${await submit('loop')}`).opened();
    for (let count = 0; count < 1_000; count += 1) socket.say({ type: 'stdin', data: 'x' });
    expect((await socket.closed).code).toBe(1008);
  });

  it('refuses an address that is none, before the upgrade', async () => {
    await expect(connect('/ws/execution/a%2Fb').closed).rejects.toThrow('400');
    await expect(connect('/ws/execution/a?from=x').closed).rejects.toThrow('400');
  });
});
