// The whole platform with certificates: every gRPC connection goes with TLS, and services show each
// other theirs.
import { connect } from '@pilotlight/client';
import { NodeServiceDefinition } from '@pilotlight/contracts';
import { connectRpc } from '@pilotlight/rpc';
import { afterAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../../packages/rpc/src/testing/certificates.ts';
import { nodesOf, usePlatform } from './fixture.ts';
import { until } from './until.ts';

const authority = await createAuthority('platform CA');
const stranger = await createAuthority('another CA');
const files = await authority.issue('service');
const foreign = await stranger.issue('foreign');
afterAll(() => Promise.all([authority, stranger].map((one) => one[Symbol.asyncDispose]())));

describe('a platform with TLS', () => {
  const under = usePlatform({ templates: ['python', 'shell'], schedulers: 2, tls: files });

  it('runs code and leases sandboxes for who has a key and trusts its CA', async () => {
    const { client, platform } = under;
    const outcome = await client.run({ language: 'python', code: 'print(6 * 7)', userId: 'ann' });
    expect(outcome).toMatchObject({ status: 'completed', stdout: '42\n' });
    const { apiKey } = platform.endpoints;
    for (const address of platform.schedulers) {
      await using own = await connect({ address, apiKey, tls: { ca: files.ca } });
      const sandbox = await own.acquire({ template: 'shell', userId: 'ann' });
      await sandbox.release();
    }
  });

  it('answers of pools and of what was recorded', async () => {
    expect((await under.client.pools()).map(({ template }) => template).toSorted()).toEqual([
      'python',
      'shell',
    ]);
    // The database is opened behind everything else.
    await until('the recorder answers', () => under.client.stats().catch(() => undefined));
  });

  it('serves REST, for which the gateway shows its certificate to the services', async () => {
    const { http, apiKey } = under.platform.endpoints;
    const response = await fetch(`${http}/api/v1/execute?wait=true`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': apiKey },
      body: JSON.stringify({ language: 'python', code: 'print(7)' }),
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: 'completed', stdout: '7\n' });
  });

  it.each([
    ['nobody without TLS', undefined, 'It may want TLS'],
    ['nobody who trusts another CA', { ca: foreign.ca }, 'not signed by a CA that is trusted here'],
  ])('talks with %s', async (_, tls, message) => {
    const { grpc: address, apiKey } = under.platform.endpoints;
    await using client = await connect({ address, apiKey, ...(tls !== undefined && { tls }) });
    await expect(client.listSandboxes()).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining(message),
    });
  });

  it('lets nobody near a node without a certificate of its CA', async () => {
    const [node] = await nodesOf(under.bus);
    const address = node?.address ?? '';
    for (const tls of [{ ca: files.ca }, { ...foreign, ca: files.ca }]) {
      const { client, close } = connectRpc(NodeServiceDefinition, { address, tls });
      await expect(client.listRuns({})).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringContaining('It may want a client certificate'),
      });
      close();
    }
    const { client, close } = connectRpc(NodeServiceDefinition, { address, tls: files });
    await expect(client.listRuns({})).rejects.toMatchObject({ code: 'unauthenticated' });
    close();
  });
});
