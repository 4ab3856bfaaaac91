// What only containers of an engine have to prove; what every driver has to is in conformance.ts.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { buffer, text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { slowness } from '@pilotlight/telemetry/test-slowness';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostTemplates } from '../conformance/templates.ts';
import { describeDriver } from '../conformance.ts';
import type { SandboxDriver } from '../driver.ts';
import { containerName } from './container-options.ts';
import { createDockerDriver } from './driver.ts';
import { shellJob, shellSpec } from './shell-spec.fixture.ts';
import { testEngine } from './test-engine.ts';
import { createUsageMeter } from './usage-meter.ts';

const engine = await testEngine();
if (engine.kind === 'none') console.warn(`Skipped, no Docker engine: ${engine.reason}`);
const host = engine.kind === 'ready' ? engine.host : '';
/** Says what it finds itself able to do. */
const curious = `
grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status | tr '\\t' ' ' | sort
echo "uid $(id -u), interfaces $(sed -n 's/^ *\\([a-z0-9]*\\):.*/\\1/p' /proc/net/dev)"
writable=
for folder in / /etc /home /job /opt /pilotlight /root /sys/fs/cgroup /tmp /usr /var /workspace; do
  ( : >"$folder/probe" ) 2>/dev/null && writable="$writable $folder"
done
echo "writable$writable"
unshare -U true 2>/dev/null || echo no user namespace`;
const forever = new AbortController().signal;

const { python, javascript, shell } = hostTemplates();
const templates = {
  python: { ...python, image: 'pilotlight/python' },
  javascript: { ...javascript, image: 'pilotlight/javascript' },
  shell: { ...shell, image: 'pilotlight/shell' },
};

if (engine.kind === 'ready') {
  describeDriver('docker', () => createDockerDriver({ host }), { templates, real: true });
}

describe.skipIf(engine.kind === 'none')('docker', () => {
  let driver: SandboxDriver;
  beforeAll(async () => {
    driver = await createDockerDriver({ host });
  });
  afterAll(async () => {
    await driver.close();
    expect(await driver.list()).toEqual([]);
    if (engine.kind === 'ready') await engine.stop();
  });

  it('sees limits hold and says where it measures', () => {
    const { enforcesLimits, usage, warnings } = driver.capabilities;
    expect(enforcesLimits).toBe(true);
    expect(usage === 'cgroup' || warnings.some((line) => line.includes('cgroups'))).toBe(true);
  });

  it('gives a program no privilege, no network and nothing to write to but its own folders', async () => {
    const sandbox = await driver.create(shellSpec(), forever);
    const program = sandbox.run(shellJob(curious));
    const said = await text(program.stdout);
    await sandbox.destroy();
    expect(said.split('\n')).toEqual([
      'CapBnd: 0000000000000000',
      'CapEff: 0000000000000000',
      'NoNewPrivs: 1',
      'Seccomp: 2',
      'uid 65534, interfaces lo',
      'writable /job /tmp /workspace',
      'no user namespace',
      '',
    ]);
  });

  it('ends every sandbox within a second of the death of the process that made them', async () => {
    const fixture = fileURLToPath(new URL('abandon.fixture.ts', import.meta.url));
    const owner = spawn(process.execPath, [fixture, host], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line]: unknown[] = await once(owner.stdout, 'data');
    const ids = String(line).trim().split(' ');
    const docker = new Docker({ socketPath: new URL(host).pathname });
    const killedAt = performance.now();
    owner.kill('SIGKILL');
    for (const id of ids) {
      await docker.getContainer(containerName(id)).wait({ condition: 'not-running' });
    }
    expect(performance.now() - killedAt).toBeLessThan(1_000 * slowness());
    expect((await driver.list()).map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
    await Promise.all(ids.map((id) => driver.remove(id)));
  });

  it('stops a program whose output nobody reads, and can still kill it', async () => {
    const sandbox = await driver.create(shellSpec(), forever);
    const program = sandbox.run(shellJob('yes'));
    await once(program.stdout, 'readable');
    await sandbox.kill();
    expect(await program.exit).toEqual({ kind: 'signalled', signal: 'SIGKILL' });
    expect((await buffer(program.stdout)).subarray(0, 4).toString()).toBe('y\ny\n');
    await sandbox.destroy();
  });

  it('asks the engine for usage where cgroups cannot be read', async () => {
    const sandbox = await driver.create(shellSpec(), forever);
    const docker = new Docker({ socketPath: new URL(host).pathname });
    const container = docker.getContainer(containerName(sandbox.id));
    const meter = createUsageMeter(container, undefined);
    const usage = await meter.read();
    expect(usage.cpuTimeMs).toBeGreaterThan(0);
    expect(usage.peakMemoryBytes).toBeGreaterThan(0);
    const filters = { container: [container.id], event: ['oom'] };
    const events = await docker.getEvents({ filters });
    sandbox.run(shellJob('head -c 100m /dev/zero | tail -c 100m; sleep 600'));
    await once(events, 'data');
    events.destroy();
    await sandbox.kill();
    await meter.finish();
    expect(await meter.read()).toMatchObject({ oomKills: 1 });
    await sandbox.destroy();
  });

  it('tells a command that cannot start from one that fails', async () => {
    const sandbox = await driver.create(shellSpec(), forever);
    await expect(sandbox.exec({ argv: ['true'], cwd: '/nowhere' })).rejects.toMatchObject({
      code: 'failed_precondition',
    });
    const missing = await sandbox.exec({ argv: ['nonesuch'] });
    expect(await text(missing.stderr)).toContain('not found');
    expect(await missing.exit).toEqual({ kind: 'exited', code: 127 });
    await sandbox.destroy();
  });

  it("takes the template's version from its image", async () => {
    const docker = new Docker({ socketPath: new URL(host).pathname });
    const container = await docker.createContainer({ Image: 'pilotlight/shell', Cmd: ['true'] });
    const repo = 'pilotlight-test-version';
    await container.commit({ repo, tag: 'latest', changes: 'LABEL pilotlight.version=9.8.7' });
    await container.remove({ force: true });
    const template = { ...shellSpec().template, image: repo };
    const { version } = await driver.prepare(template, { signal: forever });
    await docker.getImage(repo).remove({ force: true });
    expect(version).toBe('9.8.7');
  });

  it('never asks a registry for an image whose name does not say which', async () => {
    const spec = shellSpec();
    const template = { ...spec.template, image: 'pilotlight/nonesuch' };
    await expect(driver.create({ ...spec, template }, forever)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('npm run images'),
    });
  });
});
