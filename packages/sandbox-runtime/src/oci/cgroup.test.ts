// Version 2 has no hierarchy on every machine, so its files are played by a directory; version 1 and
// the kernel's own behaviour are covered by the conformance suite.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createGroupTreeV1 } from './cgroup-v1.ts';
import { createGroupTreeV2 } from './cgroup-v2.ts';
import { findMountsV1, parseCgroupMounts } from './find-groups.ts';
import { parseTraceName, traceName } from './name.ts';
import { versionWarning } from './runtime.ts';

let mount = '';
beforeEach(() => {
  mount = mkdtempSync(join(tmpdir(), 'pilotlight-cgroup-'));
});
afterEach(() => rmSync(mount, { recursive: true }));

const limits = { memoryBytes: 64 << 20, cpus: 0.5, pids: 10 };

it('writes the limits of version 2 and reads its counters', async () => {
  const directory = join(mount, 'parent', 'one');
  mkdirSync(directory, { recursive: true });
  const write = (file: string, text: string) => writeFileSync(join(directory, file), text);
  const read = (file: string) => readFileSync(join(directory, file), 'latin1');
  for (const file of ['memory.max', 'memory.oom.group', 'pids.max', 'cpu.max', 'cpu.weight']) {
    write(file, '');
  }
  write('cpu.stat', 'usage_usec 2500\nuser_usec 1000\n');
  write('memory.current', '1000\n');
  write('memory.peak', '5000\n');
  write('memory.events', 'low 0\noom 2\noom_kill 1\noom_group_kill 1\n');
  write('pids.events', 'max 3\n');
  const tree = await createGroupTreeV2(mount, 'parent');
  const group = await tree.create('one', limits);
  expect([read('memory.max'), read('memory.oom.group'), read('pids.max')]).toEqual([
    `${64 << 20}`,
    '1',
    '11',
  ]);
  group.setLimits(limits);
  expect(read('cpu.max')).toBe('50000 100000');
  expect(group.usage()).toEqual({
    cpuTimeMs: 2.5,
    memoryBytes: 1_000,
    peakMemoryBytes: 5_000,
    oomKills: 1,
    pidsLimitHits: 3,
  });
  expect(tree.names()).toEqual(['one']);
});

it('makes the peak of version 2 count again, with or without the help of the kernel', async () => {
  const directory = join(mount, 'parent', 'one');
  mkdirSync(directory, { recursive: true });
  const write = (file: string, text: string) => writeFileSync(join(directory, file), text);
  write('memory.current', '1000\n');
  const tree = await createGroupTreeV2(mount, 'parent');
  const without = await tree.create('one', limits);
  write('memory.current', '5000\n');
  expect(without.usage().peakMemoryBytes).toBe(5_000);
  write('memory.current', '2000\n');
  without.resetPeak();
  expect(without.usage().peakMemoryBytes).toBe(2_000);
  write('memory.peak', '9000\n');
  const kernel = tree.open('one');
  expect(kernel.usage().peakMemoryBytes).toBe(9_000);
  kernel.resetPeak();
  write('memory.peak', '3000\n');
  expect(kernel.usage().peakMemoryBytes).toBe(3_000);
});

const here = findMountsV1(parseCgroupMounts(readFileSync('/proc/self/mountinfo', 'utf8')));

// The kernel lets go of the hierarchies of version 1 one by one.
it.skipIf(here === undefined)('removes a group of which one part is busy for longer', async () => {
  if (here === undefined) return;
  const parent = `pilotlight-test-${process.pid}`;
  const tree = await createGroupTreeV1({
    ...{ mounts: here, otherMounts: [], unifiedMounts: [], parent },
  });
  const group = await tree.create('one', limits);
  const busy = spawn('sleep', ['1000']);
  try {
    await once(busy, 'spawn');
    writeFileSync(join(here.cpu, group.path, 'cgroup.procs'), `${busy.pid}`);
    const before = group.usage();
    expect(await group.remove()).toBe(false);
    expect(await group.remove()).toBe(false);
    expect(group.usage()).toEqual(before);
  } finally {
    busy.kill('SIGKILL');
    await once(busy, 'exit');
  }
  expect(await group.remove()).toBe(true);
  await tree.close();
});

it('finds the hierarchies of a hybrid host', () => {
  const line = (at: string, type: string, options: string) =>
    `32 31 0:29 / /sys/fs/cgroup/${at} rw,relatime shared:5 - ${type} cgroup rw,${options}`;
  const mounts = parseCgroupMounts(
    [
      line('cpu,cpuacct', 'cgroup', 'cpu,cpuacct'),
      line('memory', 'cgroup', 'memory'),
      line('pids', 'cgroup', 'pids'),
      line('freezer', 'cgroup', 'freezer'),
      line('unified', 'cgroup2', 'nsdelegate'),
      '22 27 0:21 / /proc rw,relatime - proc proc rw',
    ].join('\n'),
  );
  expect(mounts).toHaveLength(5);
  expect(findMountsV1(mounts)).toEqual({
    memory: '/sys/fs/cgroup/memory',
    pids: '/sys/fs/cgroup/pids',
    cpu: '/sys/fs/cgroup/cpu,cpuacct',
    cpuacct: '/sys/fs/cgroup/cpu,cpuacct',
    freezer: '/sys/fs/cgroup/freezer',
  });
  expect(findMountsV1(mounts.slice(1))).toBeUndefined();
});

it.each([
  ['crun', '1.8.1', true],
  ['crun', '1.31', false],
  ['runc', '1.1.5+ds1', true],
  ['runc', '1.2.8', false],
  ['runc', '1.3.3', false],
  ['youki', '0.1.0', false],
])('knows whether %s %s has known holes', (name, version, warned) => {
  expect(versionWarning({ name, version }) !== undefined).toBe(warned);
});

it('reads back the names it gives, and no others', () => {
  const trace = { id: 'sb-1', incarnation: 'boot-2' };
  expect(parseTraceName(traceName(trace))).toEqual(trace);
  for (const name of ['', 'a', '.a', 'a.', 'a.b.c']) expect(parseTraceName(name)).toBeUndefined();
});
