import {
  OnActionRequest,
  PlatformError,
  type PrefetchFile,
  type PrefetchRequest,
  sandboxId,
} from '@pilotlight/contracts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createWorld, entry, type World } from '../testing/world.ts';
import { Prefetching } from './prefetching.ts';

const rules: PrefetchFile = {
  rules: [
    { trigger: 'user_login', resources: ['recent_projects', 'warm_sandbox'], priority: 'high' },
    { trigger: 'project_open', resources: ['git_history'], priority: 'low' },
    { trigger: 'project_open', resources: ['project_files', 'dependencies'], priority: 'high' },
  ],
  commands: { recent_projects: ['ls'], git_history: ['git', 'log'], project_files: ['find'] },
};
const python = entry('python', 4, 20);
const packages = {
  installer: 'debian' as const,
  critical: [],
  deferred: ['python3-yaml'],
  on_demand: [],
};
const catalogue = [{ ...python, template: { ...python.template, packages } }];

let world: World;
let asked: { readonly address: string; readonly request: PrefetchRequest }[];
let problem: PlatformError | undefined;
let prefetching: Prefetching;
beforeEach(async () => {
  world = await createWorld(catalogue);
  await world.report('n1', { incarnation: 'i1', address: 'n1:1' });
  asked = [];
  problem = undefined;
  const { pools, clock, observations } = world;
  const log = { info: () => undefined, warn: () => undefined };
  prefetching = new Prefetching({
    ...{ rules, pools, clock, log, templates: catalogue.map(({ template }) => template) },
    nodes: () => observations.nodes(),
    async prefetchOnNode(address, request) {
      asked.push({ address, request });
      if (problem !== undefined) throw problem;
      return { fetched: true, detail: 'done' };
    },
  });
});
afterEach(() => world.close());

const lease = { sandboxId: sandboxId({ node: 'n1', incarnation: 'i1' }, 1), token: 't' };
const act = (action: string, change: Partial<OnActionRequest> = {}) =>
  prefetching
    .onAction(
      OnActionRequest.fromPartial({ action, userId: 'u', template: 'python', lease, ...change }),
    )
    .orders.map(({ resource, outcome }) => `${resource} ${outcome}`);

it('asks the node of the sandbox, in the order of priority', async () => {
  expect(act('project_open', { context: { project: 'x' } })).toEqual([
    'project_files ordered',
    'dependencies ordered',
    'git_history ordered',
  ]);
  await prefetching.settled();
  expect(asked.map(({ address, request }) => [address, request.resource, request.command])).toEqual(
    [
      ['n1:1', 'project_files', ['find']],
      ['n1:1', 'dependencies', []],
      ['n1:1', 'git_history', ['git', 'log']],
    ],
  );
  expect(asked[0]?.request).toMatchObject({ lease, context: { project: 'x' } });
});

it('does it once for each context, and again where it failed or was long ago', async () => {
  const context = { project: 'x' };
  act('project_open', { context });
  expect(act('project_open', { context })[0]).toBe('project_files known');
  expect(act('project_open', { context: { project: 'y' } })[0]).toBe('project_files ordered');
  await prefetching.settled();
  world.clock.advance(600_000);
  await world.report('n1', { incarnation: 'i1', address: 'n1:1' });
  problem = new PlatformError('failed_precondition', 'find is missing');
  expect(act('project_open', { context })[0]).toBe('project_files ordered');
  await prefetching.settled();
  expect(act('project_open', { context })[0]).toBe('project_files ordered');
});

it('grows the pool by a sandbox for each user, for ten minutes', async () => {
  const target = async () => {
    await prefetching.settled();
    world.pools.plan();
    return world.pools.list()[0]?.targetSize;
  };
  expect(act('user_login')).toEqual(['recent_projects ordered', 'warm_sandbox ordered']);
  act('user_login');
  expect(await target()).toBe(5);
  act('user_login', { userId: 'v' });
  expect(await target()).toBe(6);
  world.clock.advance(600_000);
  world.pools.plan();
  expect(world.pools.list()[0]).toMatchObject({ targetSize: 6 });
});

it('shrinks again as any surplus does', async () => {
  act('user_login');
  await prefetching.settled();
  world.pools.plan();
  expect(world.pools.list()[0]?.targetSize).toBe(5);
  world.clock.advance(600_000);
  await world.report('n1', { incarnation: 'i1', address: 'n1:1' });
  world.pools.plan();
  world.clock.advance(301_000);
  await world.report('n1', { incarnation: 'i1', address: 'n1:1' });
  world.pools.plan();
  expect(world.pools.list()[0]?.targetSize).toBe(4);
});

it('says what it cannot do, and why', () => {
  const away = { sandboxId: sandboxId({ node: 'n1', incarnation: 'old' }, 1), token: 't' };
  expect(act('project_open', { lease: away })[0]).toBe('project_files skipped');
  const { orders } = prefetching.onAction(
    OnActionRequest.fromPartial({ action: 'user_login', template: 'python' }),
  );
  expect(orders[0]).toMatchObject({
    outcome: 'skipped',
    detail: 'it needs a sandbox that the user holds',
  });
  expect(asked).toEqual([]);
});

it('refuses what nobody knows, everything at once', () => {
  const context = { project: 'x'.repeat(2_000) };
  expect(() => act('logout', { template: 'cobol', context })).toThrow(
    /action: "logout" is none of user_login.*template: "cobol" is none of python.*context:/,
  );
});
