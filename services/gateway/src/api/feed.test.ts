import { once } from 'node:events';
import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import {
  Alert,
  ExecutionResult,
  ListPoolsResponse,
  PlatformError,
  SandboxEvent,
  subject,
  toJsonBytes,
} from '@pilotlight/contracts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { adminKey, type GatewayRig, gatewayRig, projectKey } from '../testing/gateway-rig.ts';
import type { Platform } from './gateway.ts';

let rig: GatewayRig;
let origin: string;
let polls = 0;
const open: ClientRequest[] = [];
beforeEach(async () => {
  polls = 0;
  const listPools = async () => {
    polls += 1;
    if (polls === 1) throw new PlatformError('unavailable', 'Not yet.');
    return ListPoolsResponse.fromPartial({ pools: [{ template: 'python', available: 3 }] });
  };
  const platform = { pools: { listPools } } as unknown as Pick<Platform, 'pools'>;
  rig = await gatewayRig({ platform });
  origin = await rig.app.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  for (const request of open.splice(0)) request.destroy();
  await rig.close();
});

interface Feed {
  readonly events: { readonly event: string; readonly data: Record<string, unknown> }[];
  readonly ended: Promise<unknown>;
  until(event: string): Promise<Record<string, unknown>>;
}

async function feed(path = '/api/v1/feed', key?: string): Promise<Feed> {
  const request = get(`${origin}${path}`, {
    headers: key === undefined ? {} : { 'x-api-key': key },
  });
  open.push(request);
  request.on('error', () => undefined);
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  expect(answer.statusCode).toBe(200);
  expect(answer.headers['content-type']).toBe('text/event-stream');
  const events: Feed['events'] = [];
  let wake = Promise.withResolvers<void>();
  let rest = '';
  answer.on('error', () => undefined);
  answer.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(part) ?? [];
      if (event !== undefined) events.push({ event, data: JSON.parse(data ?? '') });
    }
    wake.resolve();
    wake = Promise.withResolvers();
  });
  return {
    events,
    ended: new Promise((resolve) => void answer.on('close', resolve)),
    async until(event) {
      for (;;) {
        const found = events.find((one) => one.event === event);
        if (found !== undefined) return found.data;
        await wake.promise;
      }
    },
  };
}

async function publishAll(userId: string): Promise<void> {
  const executionId = `of-${userId.replace(':', '-')}`;
  const result = ExecutionResult.fromPartial({
    ...{ executionId, status: 'completed', userId },
    stdout: { data: Buffer.from('secret') },
  });
  const event = SandboxEvent.create({ type: 'ready', template: 'python', sandboxId: 's1', userId });
  const alert = Alert.create({ name: 'slow', severity: 'warning', summary: 'Slow.' });
  const { bus } = rig;
  await bus.publish(
    subject('executionResult', { id: executionId }),
    toJsonBytes(ExecutionResult, result),
  );
  await bus.publish(
    subject('sandboxEvent', { type: 'ready', template: 'python' }),
    toJsonBytes(SandboxEvent, event),
  );
  await bus.publish(
    subject('alert', { severity: 'warning', name: 'slow' }),
    toJsonBytes(Alert, alert),
  );
}

it('tells admins everything', async () => {
  const { until } = await feed('/api/v1/feed', adminKey);
  expect(await until('pools')).toMatchObject({ pools: [{ template: 'python', available: 3 }] });
  await publishAll('anyone');
  const execution = await until('execution');
  expect(execution).toMatchObject({ execution_id: 'of-anyone', status: 'completed' });
  expect(execution).not.toHaveProperty('stdout');
  expect(await until('sandbox')).toMatchObject({ sandbox_id: 's1', type: 'ready' });
  expect(await until('alert')).toMatchObject({ name: 'slow' });
});

it('tells a project what is its own', async () => {
  const all = await feed('/api/v1/feed', adminKey);
  const own = await feed('/api/v1/feed', projectKey);
  await own.until('pools');
  await publishAll('green:x');
  await publishAll('blue:x');
  expect(await own.until('execution')).toMatchObject({ execution_id: 'of-blue-x' });
  expect(await own.until('sandbox')).toMatchObject({ user_id: 'blue:x' });
  await all.until('alert');
  expect(own.events.map(({ event }) => event).toSorted()).toEqual([
    'execution',
    'pools',
    'sandbox',
  ]);
});

it('takes a ticket, and nobody without a key', async () => {
  const asked = await rig.app.inject({
    ...{ method: 'POST', url: '/api/v1/tickets' },
    headers: { 'x-api-key': projectKey },
  });
  const { ticket } = asked.json<{ ticket: string }>();
  await feed(`/api/v1/feed?ticket=${ticket}`);
  const again = await rig.app.inject({ url: `/api/v1/feed?ticket=${ticket}` });
  expect(again.statusCode).toBe(401);
});

it('ends when the key is revoked', async () => {
  const { ended, until } = await feed('/api/v1/feed', projectKey);
  await until('pools');
  rig.revoke(projectKey);
  await ended;
});
