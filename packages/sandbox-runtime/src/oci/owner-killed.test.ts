// Nothing outlives the process that owns a driver, and its next life cleans up what is no process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { incarnation } from '../conformance/harness.ts';
import { openGroupTree } from './find-groups.ts';
import { createOciDriver, groupParent } from './oci-driver.ts';

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

it('leaves nothing alive a second after SIGKILL, and nothing at all after the next start', async () => {
  const stateDir = mkdtempSync('/dev/shm/pilotlight-test-');
  const launcher = path('../../own-namespace.sh');
  const owner = spawn(launcher, [process.execPath, path('./owner.fixture.ts'), stateDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(owner.stdout, 'data');
  const tree = await openGroupTree(groupParent(stateDir));
  if ('problem' in tree) throw new Error(tree.problem);
  const groups = tree.names().map((name) => tree.open(name));
  const alive = () => groups.flatMap((group) => group.processes());
  expect(groups).toHaveLength(2);
  expect(alive().length).toBeGreaterThanOrEqual(4);

  owner.kill('SIGKILL');
  const begun = performance.now();
  while (alive().length > 0 && performance.now() - begun < 1_000) await turn();
  expect(alive()).toEqual([]);

  const driver = await createOciDriver({ stateDir, incarnation: 'second' });
  const traces = await driver.list();
  expect(traces.map((trace) => trace.incarnation)).toEqual([incarnation, incarnation]);
  for (const trace of traces) await driver.remove(trace.id);
  expect(await driver.list()).toEqual([]);
  await driver.close();
  rmdirSync(stateDir);
});
