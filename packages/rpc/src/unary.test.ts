import { PlatformError, Sandbox } from '@pilotlight/contracts';
import { slowness } from '@pilotlight/telemetry/test-slowness';
import { describe, expect, it } from 'vitest';
import type { CallContext } from './call.ts';
import { type Echo, endOf, failureOf, serveEcho } from './testing/echo.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

const echo: Partial<Echo> = { keepAlive: async ({ sandboxId }) => Sandbox.create({ sandboxId }) };

/** A handler that answers only when its call is over, and what it saw. */
function waitingHandler() {
  const seen = Promise.withResolvers<CallContext>();
  const ended = Promise.withResolvers<unknown>();
  const handlers: Partial<Echo> = {
    async keepAlive(_, context) {
      seen.resolve(context);
      ended.resolve(await endOf(context));
      return Sandbox.create();
    },
  };
  return { handlers, seen: seen.promise, ended: ended.promise };
}

describe('a unary call', () => {
  it('answers, with the fields that the caller left out at their defaults', async () => {
    await using stack = await serveEcho(echo);
    const answer = await stack.client.keepAlive({ sandboxId: 'sb_1' });
    expect(answer).toEqual(Sandbox.create({ sandboxId: 'sb_1' }));
  });

  it('carries a PlatformError across as it was thrown', async () => {
    const thrown = new PlatformError('resource_exhausted', 'Zu viele: ü \ud83d\ude00 \ud83d', {
      retry: { kind: 'after', ms: 1_234 },
      details: [{ field: 'files[2].path', problem: 'must be relative' }],
    });
    await using stack = await serveEcho({ keepAlive: () => Promise.reject(thrown) });
    const failure = await failureOf(stack.client.keepAlive({}));
    expect(failure).toBeInstanceOf(PlatformError);
    expect(failure).toMatchObject({
      code: 'resource_exhausted',
      message: 'Zu viele: ü \ud83d\ude00 \ufffd',
      retry: thrown.retry,
      details: thrown.details,
    });
  });

  it('turns anything else that a handler throws into internal, and logs it once', async () => {
    const logged: object[] = [];
    const logger = { error: (fields: object) => logged.push(fields) };
    const thrown = new TypeError('undefined is not a function');
    await using stack = await serveEcho({ keepAlive: () => Promise.reject(thrown) }, { logger });
    const failure = await failureOf(stack.client.keepAlive({}, { traceparent }));
    expect(failure).toMatchObject({ code: 'internal', message: thrown.message });
    expect(logged).toMatchObject([
      { err: thrown, method: '/pilotlight.v1.SandboxService/KeepAlive', traceparent },
    ]);
  });

  it('does not log refusals', async () => {
    const logged: object[] = [];
    const logger = { error: (fields: object) => logged.push(fields) };
    const refusal = new PlatformError('not_found', 'There is no such sandbox.');
    await using stack = await serveEcho({ keepAlive: () => Promise.reject(refusal) }, { logger });
    await failureOf(stack.client.keepAlive({}));
    expect(logged).toEqual([]);
  });

  it('hands on the trace context, and starts one where there is none', async () => {
    const seen: string[] = [];
    await using stack = await serveEcho({
      async keepAlive(_, context) {
        seen.push(context.traceparent);
        return Sandbox.create();
      },
    });
    await stack.client.keepAlive({}, { traceparent });
    await stack.client.keepAlive({}, { traceparent: 'nonsense' });
    expect(seen).toEqual([traceparent, expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)]);
  });

  it('tells the server its deadline, and both ends give up then', async () => {
    const { handlers, seen, ended } = waitingHandler();
    await using stack = await serveEcho(handlers);
    const before = Date.now();
    const failure = await failureOf(stack.client.keepAlive({}, { timeoutMs: 100 }));
    expect(failure).toMatchObject({ code: 'deadline_exceeded' });
    const { deadline } = await seen;
    expect(deadline?.getTime()).toBeGreaterThanOrEqual(before + 50);
    expect(deadline?.getTime()).toBeLessThanOrEqual(Date.now() + 100 * slowness());
    expect(await ended).toMatchObject({
      code: expect.stringMatching(/^(deadline_exceeded|cancelled)$/),
    });
  });

  it('keeps the earlier of a timeout and a deadline handed down', async () => {
    const { handlers, seen } = waitingHandler();
    await using stack = await serveEcho(handlers);
    const deadline = new Date(Date.now() + 150);
    const failure = await failureOf(stack.client.keepAlive({}, { timeoutMs: 60_000, deadline }));
    expect(failure).toMatchObject({ code: 'deadline_exceeded' });
    const told = (await seen).deadline?.getTime() ?? 0;
    expect(Math.abs(told - deadline.getTime())).toBeLessThan(100 * slowness());
  });

  it('can be cancelled, which the handler sees', async () => {
    const { handlers, seen, ended } = waitingHandler();
    await using stack = await serveEcho(handlers);
    const cancel = new AbortController();
    const failure = failureOf(stack.client.keepAlive({}, { signal: cancel.signal }));
    expect((await seen).deadline).toBeUndefined();
    cancel.abort();
    expect(await failure).toMatchObject({ code: 'cancelled' });
    expect(await ended).toMatchObject({ code: 'cancelled' });
  });

  it('is not made where it was cancelled before', async () => {
    await using stack = await serveEcho({});
    const failure = failureOf(stack.client.keepAlive({}, { signal: AbortSignal.abort() }));
    expect(await failure).toMatchObject({ code: 'cancelled' });
  });

  it('leaves the signal alone once it has been answered', async () => {
    const seen = Promise.withResolvers<CallContext>();
    await using stack = await serveEcho({
      async keepAlive(_, context) {
        seen.resolve(context);
        return Sandbox.create();
      },
    });
    await stack.client.keepAlive({});
    await stack.client.keepAlive({});
    expect((await seen.promise).signal.aborted).toBe(false);
  });

  it('ends when its client is closed, and no other can be made', async () => {
    const { handlers, seen, ended } = waitingHandler();
    await using stack = await serveEcho(handlers);
    const failure = failureOf(stack.client.keepAlive({}));
    await seen;
    stack.close();
    expect(await failure).toMatchObject({ code: 'cancelled', message: 'The client was closed.' });
    expect(await ended).toMatchObject({ code: 'cancelled' });
    expect(await failureOf(stack.client.keepAlive({}))).toMatchObject({ code: 'cancelled' });
  });

  it('rejects at once where there is no server', async () => {
    const stack = await serveEcho(echo);
    await stack.client.keepAlive({});
    await stack.server.close(0);
    const failure = await failureOf(stack.client.keepAlive({}));
    expect(failure).toMatchObject({ code: 'unavailable', retry: { kind: 'after', ms: 500 } });
    await stack[Symbol.asyncDispose]();
  });

  it('takes messages of 15 MiB and refuses those of 17, for good', async () => {
    await using stack = await serveEcho(echo);
    const text = 'x'.repeat(15 * 1024 * 1024);
    expect((await stack.client.keepAlive({ sandboxId: text })).sandboxId).toHaveLength(text.length);
    const failure = failureOf(
      stack.client.keepAlive({ sandboxId: `${text}${text.slice(0, 2 << 20)}` }),
    );
    expect(await failure).toMatchObject({ code: 'resource_exhausted', retry: { kind: 'never' } });
  });
});

describe('a server with a token', () => {
  it.each([
    ['no token', undefined],
    ['another token', 'sesame!'],
    ['part of the token', 'sesam'],
  ])('refuses %s', async (_, clientToken) => {
    await using stack = await serveEcho(echo, { token: 'sesame', clientToken: clientToken ?? '' });
    const failure = await failureOf(stack.client.keepAlive({}));
    expect(failure).toMatchObject({ code: 'unauthenticated', retry: { kind: 'never' } });
  });

  it('takes the right one', async () => {
    await using stack = await serveEcho(echo, { token: 'sesame' });
    await expect(stack.client.keepAlive({ sandboxId: 'a' })).resolves.toMatchObject({
      sandboxId: 'a',
    });
  });
});

describe('closing a server', () => {
  it('waits for calls in progress', async () => {
    const entered = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    await using stack = await serveEcho({
      async keepAlive({ sandboxId }) {
        entered.resolve();
        await go.promise;
        return Sandbox.create({ sandboxId });
      },
    });
    const answer = stack.client.keepAlive({ sandboxId: 'a' });
    await entered.promise;
    const closed = stack.server.close(10_000);
    go.resolve();
    expect((await answer).sandboxId).toBe('a');
    await closed;
  });

  it('cancels what is still there after the grace', async () => {
    const { handlers, seen, ended } = waitingHandler();
    await using stack = await serveEcho(handlers);
    const failure = failureOf(stack.client.keepAlive({}));
    await seen;
    await stack.server.close(50);
    expect(await ended).toMatchObject({ code: 'cancelled' });
    expect(await failure).toBeInstanceOf(PlatformError);
  });
});
