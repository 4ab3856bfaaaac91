// What sandboxes reach: nothing unless their lease or template says egress, and then public addresses
// only. The "public" server is this machine's own, in a network namespace of its own.
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import type { LeasedSandbox } from '@pilotlight/client';
import {
  type PublicServer,
  startPublicServer,
} from '@pilotlight/sandbox-runtime/test-public-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalOf, runExactly } from './behaviour-fixture.ts';
import { useDrivers } from './drivers.ts';
import { usePlatform } from './fixture.ts';
import { useTemplates } from './sample-templates.ts';
import { until } from './until.ts';

/** Tries each address of its arguments, and says what came of it and whether that took long. */
const visitor = `
import socket, sys, time
for target in sys.argv[1:]:
    host, _, port = target.rpartition(":")
    begun = time.monotonic()
    try:
        with socket.create_connection((host, int(port)), timeout=3) as c:
            said = c.recv(100).decode() or "connected"
    except OSError as error:
        said = "refused"
    print(target, said, "late" if time.monotonic() - begun > 1 else "soon", flush=True)
`;

/** One address of each range that is not public; 10.0.2.2 is where slirp4netns would put the host. */
const notPublic = [
  ...['10.0.2.2', '10.1.2.3', '172.16.0.1', '172.31.255.254', '192.168.0.1', '100.64.0.1'],
  ...['169.254.169.254', '127.0.0.1', '0.0.0.0', '::1'],
];

const shippedPython = readFileSync(
  new URL('../../templates/python/template.yaml', import.meta.url),
  'utf8',
);
const online = shippedPython
  .replace('name: python', 'name: online\nnetwork: egress')
  .replace('language: python', 'language: online')
  .replace(/^aliases:.*\n/m, '');

const drivers = await useDrivers();

describe.each(drivers)('the network of a sandbox, by $name', ({ platform }) => {
  let server: PublicServer;
  beforeAll(async () => {
    server = await startPublicServer();
  });
  afterAll(() => server.close());
  const folder = useTemplates(['python'], {
    online: { 'template.yaml': online },
  });
  const under = usePlatform({
    ...{ driver: platform.driver, templates: ['python', 'online'] },
    env: { ...platform.env, 'pool-manager': { PILOTLIGHT_TEMPLATES_DIR: folder } },
  });
  const acquireWarm = async (template: string, network?: 'none' | 'egress') => {
    await until(`${template} is warm`, async () => {
      const pool = (await under.client.pools()).find((one) => one.template === template);
      return (pool?.available ?? 0) > 0;
    });
    const more = network === undefined ? {} : { network };
    const sandbox = await under.client.acquire({ template, userId: 'ann', ...more });
    expect(sandbox.lease.fromWarmPool).toBe(true);
    return sandbox;
  };
  const publicTarget = () => `${server.address}:80`;
  /** Everything of this machine that listens, at every address by which one might get there. */
  const closedTargets = () => {
    const { endpoints } = under.platform;
    const own = Object.values(networkInterfaces()).flatMap((infos) => infos ?? []);
    const addresses = own.filter(({ family }) => family === 'IPv4').map(({ address }) => address);
    const ports = [endpoints.nats.url, endpoints.grpc, endpoints.pools].map(portOf);
    const hosts = [...new Set(['10.0.2.2', server.hostAddress, ...addresses])];
    return [
      ...notPublic.map((host) => `${host}:${server.hostPort}`),
      ...hosts.flatMap((host) => [server.hostPort, ...ports].map((port) => `${host}:${port}`)),
      '169.254.169.254:80',
    ];
  };
  const visit = async (sandbox: LeasedSandbox, targets: readonly string[]) => {
    const { stdout } = await sandbox.exec(['python3', '-c', visitor, ...targets]);
    return stdout.trim().split('\n');
  };
  const expectOnlyPublic = async (sandbox: LeasedSandbox) => {
    const closed = closedTargets();
    expect(await visit(sandbox, [publicTarget(), ...closed])).toEqual([
      `${publicTarget()} public soon`,
      ...closed.map((target) => `${target} refused soon`),
    ]);
    expect(server.hostConnections()).toBe(0);
  };
  const expectNothing = async (sandbox: LeasedSandbox) => {
    const targets = [publicTarget(), ...closedTargets()];
    expect(await visit(sandbox, targets)).toEqual(
      targets.map((target) => `${target} refused soon`),
    );
    expect(server.hostConnections()).toBe(0);
  };

  it('is none unless something is said', async () => {
    await using sandbox = await acquireWarm('python');
    await expectNothing(sandbox);
  });

  it('is public addresses only where the lease says egress, and of that lease alone', async () => {
    await using sandbox = await acquireWarm('python', 'egress');
    await expectOnlyPublic(sandbox);
    await using other = await acquireWarm('python');
    await expectNothing(other);
    await expectOnlyPublic(sandbox);
  });

  it('is what the template says, or less where the lease asks less', async () => {
    await using sandbox = await acquireWarm('online');
    await expectOnlyPublic(sandbox);
    await using offline = await acquireWarm('online', 'none');
    await expectNothing(offline);
    await using same = await acquireWarm('online', 'egress');
    await expectOnlyPublic(same);
  });

  it('goes on as it was after a sleep', async () => {
    await using sandbox = await acquireWarm('python', 'egress');
    await sandbox.pause();
    await sandbox.resume();
    await expectOnlyPublic(sandbox);
  });

  it('is that of the template for a run, too', async () => {
    const args = [publicTarget(), `10.0.2.2:${server.hostPort}`];
    const run = async (language: string) =>
      (await runExactly(under.client, { language, code: visitor, args })).stdout.trim().split('\n');
    expect(await run('online')).toEqual([`${args[0]} public soon`, `${args[1]} refused soon`]);
    expect(await run('python')).toEqual(args.map((target) => `${target} refused soon`));
  });

  it('is nothing else', async () => {
    const wrong = { template: 'python', userId: 'ann', network: 'host' as 'none' };
    expect(await refusalOf(under.client.acquire(wrong))).toMatchObject({
      code: 'invalid_argument',
      details: [{ field: 'network', problem: 'must be one of none, egress' }],
    });
  });
});

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}
