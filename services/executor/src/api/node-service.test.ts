import { NodeServiceDefinition } from '@pilotlight/contracts';
import { bind, connectRpc, serveRpc } from '@pilotlight/rpc';
import { afterEach, describe, expect, it } from 'vitest';
import { createTestNode, leaseRequest, runRequest } from '../testing/test-node.ts';
import { until } from '../testing/until.ts';
import { createNodeService } from './node-service.ts';

const releases: (() => unknown)[] = [];
afterEach(async () => {
  for (const release of releases.splice(0).toReversed()) await release();
});

async function serve() {
  const node = createTestNode();
  const server = await serveRpc({
    address: '127.0.0.1:0',
    services: [bind(NodeServiceDefinition, createNodeService(node))],
    token: 'secret',
  });
  releases.push(() => server.close(0));
  const connect = (token: string) => {
    const connection = connectRpc(NodeServiceDefinition, { address: server.address, token });
    releases.push(() => connection.close());
    return connection.client;
  };
  return { node, connect, client: connect('secret') };
}

async function collected<T>(messages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const message of messages) all.push(message);
  return all;
}

describe('NodeService', () => {
  it('leases, shows, runs a command and releases, over gRPC', async () => {
    const { node, client } = await serve();
    const lease = await client.leaseSandbox(leaseRequest());
    expect(await client.getSandbox(lease)).toMatchObject({ state: 'leased', userId: 'u' });
    expect((await client.pauseSandbox(lease)).state).toBe('paused');
    expect((await client.resumeSandbox(lease)).state).toBe('leased');
    expect((await client.keepAlive(lease)).expiresAt).toEqual(lease.expiresAt);
    const listed = await client.listSandboxes({ template: 'python' });
    expect(listed.sandboxes.map(({ sandboxId }) => sandboxId)).toEqual([lease.sandboxId]);
    expect(JSON.stringify(listed)).not.toContain(lease.token);
    await client.releaseSandbox(lease);
    await client.releaseSandbox(lease);
    await expect(client.getSandbox(lease)).rejects.toMatchObject({ code: 'permission_denied' });
    await until(() => node.registry.all().length === 0);
  });

  it('streams a run to everybody who asks for it', async () => {
    const { node, client } = await serve();
    const follow = () => collected(client.run(runRequest('e1')));
    const both = Promise.all([follow(), follow()]);
    await until(() => node.runs.size === 1 && node.driver.living.size === 1, 20_000);
    expect((await client.listRuns({ epoch: 1 })).runs).toEqual([{ executionId: 'e1', attempt: 1 }]);
    node.driver.sandbox().finish({ kind: 'exited', code: 0 });
    const [a, b] = await both;
    expect(a.map(({ event }) => event?.$case)).toEqual(['started', 'finished']);
    expect(b).toEqual(a);
  });

  it('cancels a run, and leaves it alone when only its watcher goes', async () => {
    const { node, client } = await serve();
    const watcher = new AbortController();
    const watched = collected(client.run(runRequest('e1'), { signal: watcher.signal }));
    await until(() => node.runs.size === 1, 20_000);
    watcher.abort();
    await expect(watched).rejects.toMatchObject({ code: 'cancelled' });
    expect(node.runs.size).toBe(1);
    const cancel = () => client.cancelRun({ epoch: 1, executionId: 'e1', attempt: 0 });
    expect(await cancel()).toEqual({ found: true });
    expect(await cancel()).toEqual({ found: false });
  });

  it('refuses a leader that was overtaken, and a stranger', async () => {
    const { client, connect } = await serve();
    await client.leaseSandbox(leaseRequest({ epoch: 2 }));
    await expect(client.leaseSandbox(leaseRequest({ epoch: 1 }))).rejects.toMatchObject({
      code: 'failed_precondition',
    });
    await expect(connect('guess').listRuns({})).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});
