import { describe, expect, it } from 'vitest';
import { connectRpc } from './client.ts';
import { healthDefinition } from './health.ts';
import { failureOf, serveEcho } from './testing/echo.ts';

const [serving, notServing, serviceUnknown] = [1, 2, 3];

async function serveHealth(health?: () => boolean) {
  const stack = await serveEcho({}, health === undefined ? {} : { health });
  const connection = connectRpc(healthDefinition, { address: stack.server.address });
  return {
    server: stack.server,
    client: connection.client,
    async [Symbol.asyncDispose]() {
      connection.close();
      await stack[Symbol.asyncDispose]();
    },
  };
}

describe('health checking', () => {
  it.each(['', 'pilotlight.v1.SandboxService'])('answers for "%s"', async (service) => {
    let healthy = true;
    await using stack = await serveHealth(() => healthy);
    expect(await stack.client.check({ service })).toEqual({ status: serving });
    healthy = false;
    expect(await stack.client.check({ service })).toEqual({ status: notServing });
  });

  it('serves unless told otherwise', async () => {
    await using stack = await serveHealth();
    expect(await stack.client.check({})).toEqual({ status: serving });
  });

  it('does not know what is not served', async () => {
    await using stack = await serveHealth();
    const failure = await failureOf(stack.client.check({ service: 'no.Such' }));
    expect(failure).toMatchObject({ code: 'not_found' });
    for await (const { status } of stack.client.watch({ service: 'no.Such' })) {
      expect(status).toBe(serviceUnknown);
      break;
    }
  });

  it('tells a watcher of a change, and ends the watch when the server closes', async () => {
    let healthy = true;
    await using stack = await serveHealth(() => healthy);
    const seen: number[] = [];
    const closing: Promise<void>[] = [];
    for await (const { status } of stack.client.watch({})) {
      seen.push(status);
      if (seen.length === 1) healthy = false;
      if (seen.length === 2) healthy = true;
      if (seen.length === 3) closing.push(stack.server.close(10_000));
    }
    expect(seen).toEqual([serving, notServing, serving, notServing]);
    await Promise.all(closing);
  });
});
