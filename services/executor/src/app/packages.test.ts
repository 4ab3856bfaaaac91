import { Readable } from 'node:stream';
import { PlatformError, type Template } from '@pilotlight/contracts';
import type { PackageSet } from '@pilotlight/sandbox-runtime';
import { expect, it } from 'vitest';
import type { ScriptedCommand, ScriptedSandbox } from '../testing/scripted-driver.ts';
import {
  createTestNode,
  leaseRequest,
  never,
  type TestNode,
  template,
} from '../testing/test-node.ts';
import { quiet, until } from '../testing/until.ts';
import type { PackageStore } from './packages.ts';

const packages = {
  installer: 'npm',
  critical: ['vite'],
  deferred: ['typescript', 'eslint'],
  on_demand: ['vitest', '@types/*'],
} as const;

const web: Template = {
  ...template('web'),
  packages: {
    ...packages,
    critical: ['vite'],
    deferred: [...packages.deferred],
    on_demand: [...packages.on_demand],
  },
  artefacts: { npm: 'project', debian: [], timeout_seconds: 1, memory_mb: 64 },
  files: [
    { path: '/pilotlight/project/package.json', content: '{"name":"web"}' },
    { path: '/pilotlight/project/package-lock.json', content: '{"packages":{}}' },
  ],
};

const offline = new PlatformError('unavailable', 'npm failed: there is no network');

/** Knows every set that it is asked for; `asked` remembers them. */
function createStore() {
  const asked: PackageSet[] = [];
  const state = { isOffline: false };
  const store: PackageStore = {
    async get(set) {
      asked.push(set);
      if (state.isOffline) throw offline;
      const archive = () => Readable.from([Buffer.from(JSON.stringify(set.layers.at(-1)))]);
      return { bytes: 1, archive };
    },
  };
  return { asked, state, store };
}

/** A node with one leased sandbox of the template. */
async function leased(change: (store: ReturnType<typeof createStore>) => void = () => undefined) {
  const store = createStore();
  change(store);
  const node = createTestNode({ packageStore: store.store });
  node.stock.setCatalogue(new Map([['web', web]]));
  const lease = await node.leases.lease(leaseRequest({ template: 'web' }), never);
  const { record } = node.leases.use(lease);
  return { node, lease, record, sandbox: node.driver.sandbox(), ...store };
}

/** Ends the command when it is there; returns what it was fed. */
async function unpacked(sandbox: ScriptedSandbox, nth: number, code = 0): Promise<string> {
  await until(() => sandbox.commands.length > nth);
  const command = sandbox.commands[nth] as ScriptedCommand;
  expect(command.command.argv).toEqual(['tar', '-xf', '-', '-C', '/workspace']);
  const fed = await command.stdin.toArray();
  if (code !== 0) command.stderr.write('No space left on device');
  command.finish({ kind: 'exited', code });
  return Buffer.concat(fed).toString();
}

it('installs deferred packages after the sandbox is there, without delaying its lease', async () => {
  const { record, sandbox, asked } = await leased();
  expect(record.deferredPackages).toBe('pending');
  expect(await unpacked(sandbox, 0)).toBe('["eslint","typescript"]');
  await until(() => record.deferredPackages === 'installed');
  expect(asked).toEqual([
    {
      template: 'web',
      installer: 'npm',
      manifest: { packageJson: '{"name":"web"}', packageLock: '{"packages":{}}' },
      layers: [['eslint', 'typescript']],
    },
  ]);
});

it('installs them one sandbox after the other, and goes on past one that ends', async () => {
  const { node, sandbox, lease } = await leased();
  await until(() => sandbox.commands.length === 1);
  await node.leases.lease(leaseRequest({ template: 'web', requestId: 'second' }), never);
  const second = node.driver.sandbox();
  await quiet();
  expect(second.commands).toEqual([]);
  node.leases.release(lease);
  await node.disposal.settled();
  expect(await unpacked(second, 0)).toBe('["eslint","typescript"]');
});

it('puts what is asked for on top of them, each package once', async () => {
  const { node, record, sandbox, asked } = await leased();
  const installing = node.packages.install(record, ['vitest', 'eslint', 'vite'], never);
  await unpacked(sandbox, 0);
  expect(await unpacked(sandbox, 1)).toBe('["vitest"]');
  expect((await installing).installed).toEqual(['eslint', 'vitest']);
  expect(asked.at(-1)?.layers).toEqual([['eslint', 'typescript'], ['vitest']]);
  expect((await node.packages.install(record, ['vitest'], never)).installed).toEqual([]);
  expect(sandbox.commands).toHaveLength(2);
});

it.each([
  ['what the template does not name', ['left-pad'], 'permission_denied', /does not name left-pad/],
  ['what is no name', ['--global'], 'invalid_argument', /packages\[0\]/],
  ['nothing', [], 'invalid_argument', /must not be empty/],
])('refuses %s', async (_, names, code, message) => {
  const { node, record } = await leased();
  const refused = node.packages.install(record, names, never);
  await expect(refused).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});

it('says so where packages cannot be had, and tries again when asked, not before', async () => {
  const { node, record, sandbox, asked, state } = await leased((store) => {
    store.state.isOffline = true;
  });
  await until(() => record.deferredPackages === 'failed');
  await expect(node.packages.install(record, ['vitest'], never)).rejects.toBe(offline);
  const before = asked.length;
  await node.leases.lease(leaseRequest({ template: 'web', requestId: 'second' }), never);
  await quiet();
  expect(asked).toHaveLength(before);
  expect(node.driver.sandbox().commands).toEqual([]);
  state.isOffline = false;
  const again = node.packages.installDeferred(record, never);
  await unpacked(sandbox, 0);
  expect(await again).toMatchObject({ installed: ['typescript', 'eslint'] });
  expect(record.deferredPackages).toBe('installed');
});

it('tells what the sandbox said where they do not fit', async () => {
  const { node, record, sandbox } = await leased();
  await unpacked(sandbox, 0, 2);
  await until(() => record.deferredPackages === 'failed');
  const installing = node.packages.installDeferred(record, never);
  const refused = expect(installing).rejects.toMatchObject({
    code: 'failed_precondition',
    message: expect.stringContaining('No space left'),
  });
  await unpacked(sandbox, 1, 2);
  await refused;
});

it('stops waiting when the caller or the sandbox is gone', async () => {
  const { node, record, lease, sandbox } = await leased();
  await until(() => sandbox.commands.length === 1);
  const caller = new AbortController();
  const abandoned = node.packages.install(record, ['vitest'], caller.signal);
  caller.abort(new PlatformError('cancelled', 'gone'));
  await expect(abandoned).rejects.toMatchObject({ code: 'cancelled' });
  const orphaned = expect(node.packages.install(record, ['vitest'], never)).rejects.toMatchObject({
    code: 'not_found',
  });
  node.leases.release(lease);
  await orphaned;
});

it('leaves templates without packages alone', async () => {
  const node: TestNode = createTestNode();
  const lease = await node.leases.lease(leaseRequest(), never);
  const { record } = node.leases.use(lease);
  expect(record.deferredPackages).toBeUndefined();
  await expect(node.packages.install(record, ['x'], never)).rejects.toMatchObject({
    code: 'permission_denied',
  });
  expect(await node.packages.installDeferred(record, never)).toMatchObject({ installed: [] });
});
