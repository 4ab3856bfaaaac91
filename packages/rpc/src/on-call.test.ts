import { PlatformError, Sandbox } from '@pilotlight/contracts';
import { expect, it } from 'vitest';
import { healthDefinition } from './health.ts';
import { connectRpc, type FinishedCall } from './index.ts';
import { type Echo, endOf, failureOf, readAll, serveEcho } from './testing/echo.ts';

/** `heard(n)` resolves with the first n calls that ended. */
function listen() {
  const calls: FinishedCall[] = [];
  let next = Promise.withResolvers<void>();
  const onCall = (call: FinishedCall) => {
    calls.push(call);
    next.resolve();
    next = Promise.withResolvers();
  };
  const heard = async (count: number) => {
    while (calls.length < count) await next.promise;
    return calls.map(({ operation, status }) => `${operation} ${status}`);
  };
  return { calls, onCall, heard };
}

const sandbox = (sandboxId: string) => Sandbox.create({ sandboxId });

it('tells of every call by the name of its method and how it ended', async () => {
  const ear = listen();
  const handlers: Partial<Echo> = {
    async keepAlive({ sandboxId }) {
      if (sandboxId === 'gone') throw new PlatformError('not_found', 'It is gone.');
      if (sandboxId === 'fault') throw new TypeError('a fault in the code');
      return sandbox(sandboxId);
    },
    async *watchSandboxes() {
      yield sandbox('a');
    },
  };
  await using stack = await serveEcho(handlers, { onCall: ear.onCall });
  await stack.client.keepAlive({ sandboxId: 'here' });
  await failureOf(stack.client.keepAlive({ sandboxId: 'gone' }));
  await failureOf(stack.client.keepAlive({ sandboxId: 'fault' }));
  await readAll(stack.client.watchSandboxes({}));
  expect(await ear.heard(4)).toEqual([
    'KeepAlive ok',
    'KeepAlive not_found',
    'KeepAlive internal',
    'WatchSandboxes ok',
  ]);
  for (const { seconds } of ear.calls) expect(seconds).toBeGreaterThan(0);
});

it('tells of a caller that went away, and of one that was not let in', async () => {
  const ear = listen();
  const handlers: Partial<Echo> = {
    async *watchSandboxes(_, context) {
      yield sandbox('a');
      throw await endOf(context);
    },
  };
  await using stack = await serveEcho(handlers, { onCall: ear.onCall, token: 'right' });
  for await (const _ of stack.client.watchSandboxes({})) break;
  expect(await ear.heard(1)).toEqual(['WatchSandboxes cancelled']);
  const stranger = connectRpc(healthDefinition, { address: stack.server.address, token: 'wrong' });
  await failureOf(stranger.client.check({}));
  stranger.close();
  expect(ear.calls).toHaveLength(1);
});

it('says nothing of health checks', async () => {
  const ear = listen();
  await using stack = await serveEcho(
    { keepAlive: async () => sandbox('a') },
    { onCall: ear.onCall },
  );
  const health = connectRpc(healthDefinition, { address: stack.server.address });
  await health.client.check({});
  await stack.client.keepAlive({});
  expect(await ear.heard(1)).toEqual(['KeepAlive ok']);
  health.close();
});
