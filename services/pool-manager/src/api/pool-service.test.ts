import {
  Entitlements,
  type KeyRole,
  type OnActionRequest,
  PoolServiceDefinition,
  PrefetchOrder,
} from '@pilotlight/contracts';
import { bind, connectRpc, serveRpc } from '@pilotlight/rpc';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { leaderClient } from '../adapters/leader-client.ts';
import { createWorld, entry, type World } from '../testing/world.ts';
import { poolService } from './pool-service.ts';

let world: World;
const releases: (() => unknown)[] = [];
beforeEach(async () => {
  world = await createWorld([entry('python', 4, 20)]);
});
afterEach(async () => {
  for (const release of releases.splice(0).toReversed()) await release();
  await world.close();
});

const serviceToken = 'of services';
/** Keys, as the servers know them: each is of the role that it is named after. */
const roles: readonly KeyRole[] = ['admin', 'project'];

/** A pool-manager's server and an admin's client of it; follows whoever serves at `leaderAddress`, else leads itself. */
async function serve(leaderAddress?: string) {
  const leader = leaderClient(serviceToken);
  const isLeader = leaderAddress === undefined;
  const address = leaderAddress ?? '';
  const election = {
    isLeader: () => isLeader,
    leader: () => (address === '' ? undefined : { holder: 'a', address, epoch: 1 }),
  };
  const { pools } = world;
  pools.restore(new Map());
  const prefetching = {
    onAction: ({ action }: OnActionRequest) => ({
      orders: [PrefetchOrder.create({ resource: `of ${action} here ${isLeader}` })],
    }),
  };
  const service = poolService({
    pools,
    setPolicy: async (request) => pools.setPolicy(request),
    prefetching,
    election: () => election,
    clientOf: leader.at,
  });
  const server = await serveRpc({
    address: '127.0.0.1:0',
    services: [bind(PoolServiceDefinition, service)],
    authenticate: ({ secret, actingFor }) => known(secret === serviceToken ? actingFor : secret),
  });
  const clientWith = (token: string) => {
    const { client, close } = connectRpc(PoolServiceDefinition, { address: server.address, token });
    releases.push(close);
    return client;
  };
  releases.push(
    () => server.close(100),
    () => leader.close(),
  );
  return { client: clientWith('admin'), clientWith, address: server.address };
}

function known(keyHash: string | undefined) {
  const role = roles.find((name) => name === keyHash);
  if (role === undefined) throw new Error(`Nobody has the key ${keyHash}.`);
  const entitlements = Entitlements.create({});
  return {
    principal: { keyHash: role, keyId: role, project: 'blue', userId: '', role, entitlements },
    revoked: new AbortController().signal,
  };
}

it('answers from the leader, whoever is asked', async () => {
  const leading = await serve();
  const following = await serve(leading.address);
  const changed = await following.client.setPolicy({ template: 'python', maxSize: 7 });
  expect(changed.policy).toMatchObject({ minSize: 4, maxSize: 7 });
  const { pools } = await leading.client.listPools({});
  expect(pools[0]?.policy?.maxSize).toBe(7);
  const told = await following.client.onAction({ action: 'file_edit', template: 'python' });
  expect(told.orders).toMatchObject([{ resource: 'of file_edit here true' }]);
});

it.each(['the leader', 'a follower'])('lets admins alone change policies at %s', async (where) => {
  const leading = await serve();
  const asked = where === 'the leader' ? leading : await serve(leading.address);
  const client = asked.clientWith('project');
  await expect(client.setPolicy({ template: 'python', maxSize: 7 })).rejects.toMatchObject({
    code: 'permission_denied',
  });
  const { pools } = await client.listPools({});
  expect(pools[0]?.policy?.maxSize).toBe(20);
  expect(await client.predictDemand({ template: 'python' })).toMatchObject({ template: 'python' });
});

it('passes errors on as they are', async () => {
  const following = await serve((await serve()).address);
  await expect(following.client.predictDemand({ template: 'ruby' })).rejects.toMatchObject({
    code: 'not_found',
    details: [{ field: 'template', problem: 'is none of python' }],
  });
});

it('says that the leader does not know the policies yet, or not any more', async () => {
  const { client } = await serve();
  world.pools.endTerm();
  await expect(client.setPolicy({ template: 'python', maxSize: 7 })).rejects.toMatchObject({
    code: 'unavailable',
  });
});

it('says that nobody leads', async () => {
  const { client } = await serve('');
  await expect(client.listPools({})).rejects.toMatchObject({ code: 'unavailable' });
});
