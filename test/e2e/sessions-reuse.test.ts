// Templates with `reuse: reset`: whoever gives a sandbox back finds a fresh one waiting, and nobody else
// ever gets it. And what less than a template's own minimum is refused with.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AcquireOptions, LeasedSandbox } from '@pilotlight/client';
import type { Sandbox } from '@pilotlight/contracts';
import { afterAll, describe, expect, it } from 'vitest';
import { refusalOf } from './behaviour-fixture.ts';
import { useDrivers } from './drivers.ts';
import { nodesOf, type PlatformUnderTest, usePlatform } from './fixture.ts';
import { useTemplates } from './sample-templates.ts';
import { eventLike, eventOf } from './sandbox-events.ts';
import { until } from './until.ts';

const shellRunner = readFileSync(
  new URL('../../templates/shell/runner.sh', import.meta.url),
  'utf8',
);
/** No stock, so that whatever is ready is kept for somebody. */
const none = { min_size: 0, max_size: 0 };

/** A shell that is reset; JSON is YAML. */
const resetting = (name: string, runner = shellRunner, more = {}) => ({
  'runner.sh': runner,
  'template.yaml': JSON.stringify({
    ...{ name, description: name, language: name, image: 'pilotlight/shell' },
    ...{ toolchains: ['sh', 'head', 'tar', 'rm'], entry: 'main.sh' },
    runner: { argv: ['sh', '/pilotlight/runner.sh'], files: ['runner.sh'] },
    limits: { memory_mb: 256, min_memory_mb: 128 },
    pool: { embedded: none, cluster: none, reuse: 'reset' },
    ...more,
  }),
});

const hands = (under: PlatformUnderTest, template: string) => ({
  acquire: (userId: string, more: Partial<AcquireOptions> = {}) =>
    under.client.acquire({ template, userId, ...more }),
  /** The sandboxes that wait for somebody; all of them are reserves, for there is no stock. */
  ready: async () =>
    (await under.client.listSandboxes(template)).filter(({ state }) => state === 'ready'),
  /** The one that waits, once its node has told where it is. */
  kept: () =>
    until('one is kept', async (): Promise<Sandbox | undefined> => {
      const sandboxes = await under.client.listSandboxes(template);
      const [sandbox] = sandboxes.filter(({ state }) => state === 'ready');
      const reports = await nodesOf(under.bus);
      const pools = reports.find(({ node }) => node === sandbox?.node)?.pools ?? [];
      const reserved = pools.find((pool) => pool.template === template)?.reservedFor ?? [];
      return reserved.length > 0 ? sandbox : undefined;
    }),
});

const drivers = await useDrivers(['shell']);

describe.each(drivers)('a sandbox that is reset, by $name', ({ platform }) => {
  const folder = useTemplates([], { mine: resetting('mine') });
  const under = usePlatform({
    ...{ driver: platform.driver, templates: ['mine'] },
    env: { ...platform.env, 'pool-manager': { PILOTLIGHT_TEMPLATES_DIR: folder } },
  });
  const { acquire, kept, ready } = hands(under, 'mine');

  it('waits for one idle timeout, and then goes', async () => {
    const sandbox = await acquire('cid', { idleTimeoutSeconds: 1 });
    await sandbox.release();
    const waiting = await kept();
    const stopped = await eventOf(under.bus, waiting.sandboxId, 'stopped');
    expect(stopped).toMatchObject({ stopReason: 'inactivity', userId: '', requestId: '' });
    expect(await ready()).toEqual([]);
  });

  it('is another one, clean, and for the same user alone', async () => {
    const first = await acquire('ann');
    const leave = 'echo secret | tee /workspace/file /tmp/file; sleep 4242 </dev/null >/dev/null &';
    await first.exec(['sh', '-c', leave]);
    await first.release();
    const waiting = await kept();
    expect(waiting.sandboxId).not.toBe(first.id);
    expect((await eventOf(under.bus, first.id, 'stopped')).stopReason).toBe('manual');

    await using other = await acquire('bob');
    expect(other.id).not.toBe(waiting.sandboxId);
    expect(other.lease.fromWarmPool).toBe(false);
    expect((await ready()).map(({ sandboxId }) => sandboxId)).toEqual([waiting.sandboxId]);

    await using again = await acquire('ann');
    expect(again.id).toBe(waiting.sandboxId);
    expect(again.lease.fromWarmPool).toBe(true);
    const look = 'ls -A /workspace /tmp; cat /proc/[0-9]*/cmdline | tr "\\0" " "';
    const { stdout } = await again.exec(['sh', '-c', look]);
    expect(stdout).not.toMatch(/file|4242/);
    const stale = under.client.attach({ sandboxId: again.id, token: first.token });
    expect(await refusalOf(stale.exec(['true']))).toMatchObject({ code: 'permission_denied' });
  });

  it('is not to be had with less memory than its template can start with', async () => {
    const details = [{ field: 'limits.memory_mb', problem: 'must be 128 to 2048 MB' }];
    const refused = await refusalOf(acquire('ann', { limits: { memoryMb: 127 } }));
    expect(refused).toMatchObject({ code: 'invalid_argument', details });
    await using least = await acquire('dan', { limits: { memoryMb: 128 } });
    expect(await least.exec(['echo', 'enough'])).toMatchObject({ stdout: 'enough\n' });
    const run = { language: 'mine', userId: 'ann', code: 'echo', memoryMb: 127 };
    expect(await refusalOf(under.client.run(run))).toMatchObject({
      code: 'invalid_argument',
      details: [{ field: 'memory_limit', problem: 'must be at least 128 MB for mine' }],
    });
  });
});

describe('a sandbox that cannot be made again', () => {
  const cache = mkdtempSync(join(tmpdir(), 'pilotlight-reuse-'));
  afterAll(() => rmSync(cache, { recursive: true }));
  const runner = `[ -e /opt/pilotlight/broken ] && exit 1\n${shellRunner}`;
  const artefacts = { build: ['sh', '-c', 'echo here >/opt/pilotlight/built'] };
  const folder = useTemplates([], { frail: resetting('frail', runner, { artefacts }) });
  const under = usePlatform({
    ...{ driver: 'oci', templates: ['frail'] },
    env: {
      executor: { PILOTLIGHT_CACHE_DIR: cache },
      'pool-manager': { PILOTLIGHT_TEMPLATES_DIR: folder },
    },
  });
  const { acquire, kept, ready } = hands(under, 'frail');

  it('leaves nothing behind, and its user starts cold once it works again', async () => {
    const first = await acquire('ann');
    const [made = ''] = readdirSync(join(cache, 'artefacts'));
    const fault = join(cache, 'artefacts', made, 'broken');
    writeFileSync(fault, '');
    await first.release();
    const failed = await eventLike(under.bus, { type: 'failed', template: 'frail' });
    expect(failed).toMatchObject({ userId: '', requestId: '', stopReason: 'error' });
    await until('nothing is left', async () => {
      const living = await under.client.listSandboxes('frail');
      return living.length === 0;
    });
    rmSync(fault);
    const again = await acquire('ann');
    expect(again.lease.fromWarmPool).toBe(false);
    await again.release();
    await kept();
    expect(await ready()).toHaveLength(1);
  });
});

describe('a sandbox that is reset on one of two nodes', () => {
  const folder = useTemplates([], { mine: resetting('mine') });
  const under = usePlatform({
    ...{ driver: 'oci', templates: ['mine'], executors: 2 },
    env: { 'pool-manager': { PILOTLIGHT_TEMPLATES_DIR: folder } },
  });
  const { acquire, ready } = hands(under, 'mine');
  /** What both nodes have told of the template. */
  const pools = async () => (await nodesOf(under.bus, 2)).flatMap((report) => report.pools);

  it('is found there by its user, and by nobody else', async () => {
    await until('both nodes can make one', async () => {
      const prepared = (await pools()).filter(({ preparing }) => preparing === '');
      return prepared.length === 2;
    });
    const [firstNode, secondNode] = under.marks.nodes;
    // Where nothing is kept, the emptier node goes first, then the one with the earlier name.
    const held: LeasedSandbox[] = [];
    await until('somebody is on the second node', async () => {
      const sandbox = await acquire(`user-${held.length}`);
      held.push(sandbox);
      return held.length > 1 && sandbox.lease.node === secondNode;
    });
    const last = `user-${held.length - 1}`;
    for (const sandbox of held) await sandbox.release();
    await until('each has one', async () => {
      const all = await pools();
      const reserved = all.flatMap(({ reservedFor }) => reservedFor);
      return reserved.length === held.length && all.every(({ leased }) => leased === 0);
    });
    const waiting = (await ready()).find(({ node }) => node === secondNode);
    await using again = await acquire(last);
    expect(again.lease).toMatchObject({ sandboxId: waiting?.sandboxId, fromWarmPool: true });
    await using other = await acquire('bob');
    expect(other.lease).toMatchObject({ node: firstNode, fromWarmPool: false });
    await using first = await acquire('user-0');
    expect(first.lease).toMatchObject({ node: held[0]?.lease.node, fromWarmPool: true });
  });
});
