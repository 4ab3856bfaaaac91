import { Entitlements, PlatformError, Sandbox } from '@pilotlight/contracts';
import { describe, expect, it } from 'vitest';
import type { CallContext } from './index.ts';
import { type Echo, endOf, failureOf, readAll, serveEcho } from './testing/echo.ts';

const reason = new PlatformError('unauthenticated', 'The API key has been revoked.');
const refused = { code: 'unauthenticated' };

/** A server that lets the key `ann` in until it is revoked, and its client with that key. */
async function serveAnn(handlers: Partial<Echo>) {
  const revocation = new AbortController();
  const entitlements = Entitlements.create({});
  const ann = { keyHash: 'ann', keyId: '1', project: 'blue', userId: '', entitlements };
  const stack = await serveEcho(handlers, {
    clientToken: 'ann',
    authenticate({ secret }) {
      if (secret !== 'ann' || revocation.signal.aborted) throw reason;
      return { principal: { ...ann, role: 'project' }, revoked: revocation.signal };
    },
  });
  return { ...stack, revoke: () => revocation.abort(reason) };
}

/** A handler's context, once it was called. */
function called() {
  const { promise, resolve } = Promise.withResolvers<CallContext>();
  return { context: promise, resolve };
}

it('tells handlers who calls', async () => {
  await using stack = await serveAnn({
    keepAlive: async (_, { principal }) => Sandbox.create({ userId: principal?.project ?? '' }),
  });
  expect((await stack.client.keepAlive({})).userId).toBe('blue');
});

describe('a revoked key', () => {
  it('ends a unary call', async () => {
    const { context, resolve } = called();
    await using stack = await serveAnn({
      async keepAlive(_, call) {
        resolve(call);
        throw await endOf(call);
      },
    });
    const failure = failureOf(stack.client.keepAlive({}));
    await context;
    stack.revoke();
    expect(await failure).toMatchObject(refused);
    expect(await failureOf(stack.client.keepAlive({}))).toMatchObject(refused);
  });

  it('ends a stream, even one whose handler ends it well', async () => {
    const { context, resolve } = called();
    await using stack = await serveAnn({
      async *watchSandboxes(_, call) {
        yield Sandbox.create({});
        resolve(call);
        await endOf(call);
      },
    });
    const failure = failureOf(readAll(stack.client.watchSandboxes({})));
    await context;
    stack.revoke();
    expect(await failure).toMatchObject(refused);
  });

  it('ends a call whose handler waits for its caller, and tells both', async () => {
    const { context, resolve } = called();
    const handled = Promise.withResolvers<unknown>();
    await using stack = await serveAnn({
      async *exec(requests, call) {
        try {
          yield { message: undefined };
          resolve(call);
          for await (const _ of requests) yield { message: undefined };
        } catch (thrown) {
          handled.resolve(thrown);
          throw thrown;
        }
      },
    });
    const silent = Promise.withResolvers<never>();
    const requests = {
      [Symbol.asyncIterator]: () => ({ next: () => silent.promise }),
    };
    const failure = failureOf(readAll(stack.client.exec(requests)));
    await context;
    stack.revoke();
    expect(await failure).toMatchObject(refused);
    expect(await handled.promise).toBe(reason);
  });
});
