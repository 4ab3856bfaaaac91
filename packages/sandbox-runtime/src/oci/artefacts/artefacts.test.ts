// What all sandboxes of a template share, made on this very host: needs the npm registry and a Debian
// mirror, as installing this repository does.

import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { slowness } from '@pilotlight/telemetry/test-slowness';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { Harness } from '../../conformance/harness.ts';
import { hostTemplates } from '../../conformance/templates.ts';
import type { Artefacts, PlatformFile, SandboxDriver, SandboxTemplate } from '../../driver.ts';
import { createOciDriver } from '../oci-driver.ts';

const stateDir = mkdtempSync('/dev/shm/pilotlight-test-');
chmodSync(stateDir, 0o711);
// Not where everybody may go: as in a cache folder in somebody's home.
const home = mkdtempSync(join(tmpdir(), 'pilotlight-cache-'));
const cacheDir = join(home, 'cache');
const searchPath = process.env['PATH'] ?? '';
const hasApt = existsSync('/usr/bin/apt-get');
if (!hasApt) console.warn('Skipped, no Debian packages: this host has no apt-get.');
const never = new AbortController().signal;

const open = (name: string) =>
  createOciDriver({
    ...{ stateDir: join(stateDir, name), incarnation: 'conformance', searchPath, cacheDir },
  });

let harness: Harness;
let driver: SandboxDriver;
beforeAll(async () => {
  driver = await open('one');
  harness = new Harness(driver, { templates: hostTemplates(), real: true });
});
afterEach(() => harness.destroyAll());
afterAll(async () => {
  expect(await driver.list()).toEqual([]);
  await driver.close();
  rmSync(stateDir, { recursive: true });
  rmSync(home, { recursive: true });
});

const defaults: Artefacts = { debian: [], timeoutSeconds: 60, memoryBytes: 256 << 20 };

function template(
  name: string,
  artefacts: Partial<Artefacts>,
  files: readonly PlatformFile[] = [],
): SandboxTemplate {
  const { shell } = hostTemplates();
  return {
    ...shell,
    name,
    toolchains: ['sh', 'tar', 'head'],
    artefacts: { ...defaults, ...artefacts },
    files: [...shell.files, ...files],
  };
}

const file = (path: string, content: string) => ({ path: `/pilotlight/${path}`, content });
const builds = (name: string, script: string) =>
  template(name, { build: ['sh', '/pilotlight/build/build.sh'] }, [file('build/build.sh', script)]);

async function outputOf(made: SandboxTemplate, script: string, more: readonly string[] = []) {
  const toolchains = [...made.toolchains, ...more];
  const sandbox = await harness.make({
    ...harness.spec('shell'),
    template: { ...made, toolchains },
  });
  const command = await sandbox.exec({ argv: ['sh', '-c', script] });
  const [stdout, stderr] = await Promise.all([text(command.stdout), text(command.stderr)]);
  return stdout + stderr;
}

const entries = () =>
  existsSync(join(cacheDir, 'artefacts')) ? readdirSync(join(cacheDir, 'artefacts')) : [];
const entriesOf = (name: string) => entries().filter((entry) => entry.startsWith(`${name}-`));

it('builds once, without a network, and shares what was built read-only', async () => {
  const made = builds(
    'built',
    `set -e
    mkdir /opt/pilotlight/out
    { id -u; tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '; date +%N; } >/opt/pilotlight/out/notes
    printf '#!/bin/sh\\necho works\\n' >/opt/pilotlight/out/tool
    chmod 4755 /opt/pilotlight/out/tool
    ln -s /etc/shadow /opt/pilotlight/out/link
    echo building
    `,
  );
  const steps: string[] = [];
  await Promise.all(
    [1, 2].map(() => driver.prepare(made, { signal: never, onProgress: (s) => steps.push(s) })),
  );
  expect(steps).toEqual(['building', 'building']);
  const [entry = ''] = entriesOf('built');
  const folder = join(cacheDir, 'artefacts', entry);
  const { mode, uid } = statSync(join(folder, 'out/tool'));
  expect([mode & 0o7777, uid]).toEqual([0o755, 0]);
  const script = `/opt/pilotlight/out/tool; head -n 2 /opt/pilotlight/out/notes
    cat /opt/pilotlight/out/link 2>/dev/null
    touch /opt/pilotlight/x 2>/dev/null || echo read-only`;
  expect(await outputOf(made, script)).toBe('works\n65534\nlo\nread-only\n');
  const notes = await outputOf(made, 'cat /opt/pilotlight/out/notes');
  const other = await open('two');
  const { imagePullMs } = await other.prepare(made, { signal: never });
  await other.close();
  expect(imagePullMs).toBeLessThan(1_000 * slowness());
  expect(await outputOf(made, 'cat /opt/pilotlight/out/notes')).toBe(notes);
  expect(entriesOf('built')).toEqual([entry]);
});

it.each([
  [
    'fails',
    'for i in $(seq 30); do echo "line $i"; done; echo wrong >&2; exit 3',
    /ended with 3.*line 30\n?.*wrong/s,
  ],
  ['is too big', 'head -c 300m /dev/zero | tail -c 300m', /ran out of memory/],
])('says why a build %s, and keeps nothing of it', async (name, script, reason) => {
  const made = builds(name.replaceAll(' ', '-'), script);
  const failed = driver.prepare(made, { signal: never });
  await expect(failed).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(reason),
  });
  await expect(failed).rejects.not.toMatchObject({ message: expect.stringContaining('line 10\n') });
  expect(entriesOf(made.name)).toEqual([]);
  expect(await driver.list()).toEqual([]);
});

it('ends a build that takes too long', async () => {
  const made = builds('slow', 'echo begun; sleep 1000');
  const slow = { ...made, artefacts: { ...defaults, ...made.artefacts, timeoutSeconds: 1 } };
  await expect(driver.prepare(slow, { signal: never })).rejects.toMatchObject({
    message: expect.stringMatching(/took longer than 1 s: begun/),
  });
});

it('gives up a build when it is closed', async () => {
  const other = await open('three');
  const begun = Promise.withResolvers<void>();
  const preparing = other.prepare(builds('closed', 'sleep 1000'), {
    signal: never,
    onProgress: () => begun.resolve(),
  });
  const refused = expect(preparing).rejects.toMatchObject({ code: 'cancelled' });
  await begun.promise;
  await other.close();
  await refused;
  expect(entriesOf('closed')).toEqual([]);
});

it('installs exactly the npm packages of the lock file', async () => {
  const lock = {
    name: 'project',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { name: 'project', devDependencies: { 'is-odd': '3.0.1' } },
      'node_modules/is-number': {
        version: '6.0.0',
        integrity:
          'sha512-Wu1VHeILBK8KAWJUAiSZQX94GmOE45Rg6/538fKwiloUu21KncEkYGPqob2oSZ5mUT73vLGrHQjKw3KMPwfDzg==',
        dev: true,
      },
      'node_modules/is-odd': {
        version: '3.0.1',
        integrity:
          'sha512-CQpnWPrDwmP1+SMHXZhtLtJv90yiyVfluGsX5iNCVkrhQtU3TQHsUWPG9wkdk9Lgd5yNpAg9jQEo90CBaXgWMA==',
        dev: true,
        dependencies: { 'is-number': '^6.0.0' },
      },
    },
  };
  const project = { name: 'project', devDependencies: { 'is-odd': '3.0.1' } };
  const steps: string[] = [];
  const made = template('npm', { npm: 'project' }, [
    file('project/package.json', JSON.stringify(project)),
    file('project/package-lock.json', JSON.stringify(lock)),
  ]);
  await driver.prepare(made, { signal: never, onProgress: (step) => steps.push(step) });
  expect(steps).toEqual(['installing 2 npm packages']);
  const script = 'cd /opt/pilotlight && node -p "require(\'is-odd\')(3)"';
  expect(await outputOf(made, script, ['node'])).toBe('true\n');
});

it.skipIf(!hasApt)('unpacks Debian packages with what the host lacks', async () => {
  const made = template('debian', { debian: ['hello'] });
  await driver.prepare(made, { signal: never });
  expect(await outputOf(made, '/opt/pilotlight/debian/usr/bin/hello')).toBe('Hello, world!\n');
});

it.skipIf(!hasApt)('says which package there is not', async () => {
  const wanted = driver.prepare(template('nothing', { debian: ['pilotlight-no-such'] }), {
    signal: never,
  });
  await expect(wanted).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('pilotlight-no-such'),
  });
  expect(entriesOf('nothing')).toEqual([]);
});
