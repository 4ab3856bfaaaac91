// On the real machine, and on folders laid out as /proc and /sys/fs/cgroup are.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createProcHost } from './proc-host.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A folder with these files. */
function folder(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'pilotlight-host-'));
  folders.push(root);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

const proc = {
  stat: 'cpu  10 0 10 80 0 0 0 0 0 0\n',
  meminfo: 'MemTotal: 1000 kB\nMemAvailable: 900 kB\n',
  'net/dev': ' eth0: 7 0 0 0 0 0 0 0 8 0 0 0 0 0 0 0\n',
  diskstats: ' 8 0 sda 1 0 2 0 1 0 3 0 0 0 0\n',
};

describe('the machine', () => {
  it.runIf(process.platform === 'linux')('is measured where there is a /proc', async () => {
    const sample = await createProcHost({ directory: tmpdir() }).sample();
    expect(sample?.cpu.all).toBeGreaterThan(sample?.cpu.busy ?? Number.POSITIVE_INFINITY);
    for (const used of [sample?.memoryUsedRatio, sample?.diskUsedRatio]) {
      expect(used).toBeGreaterThan(0);
      expect(used).toBeLessThan(1);
    }
    for (const bytes of Object.values({ ...sample, cpu: 0 })) {
      expect(bytes).toBeGreaterThanOrEqual(0);
    }
  });

  it.each([
    ['the machine, where no group has a limit', {}, 0.1],
    [
      'the group of version 2, where that is nearer its limit',
      {
        ...{ 'memory.max': '1000', 'memory.current': '700' },
        'memory.stat': 'anon 1\ninactive_file 200\n',
      },
      0.5,
    ],
    [
      'the group of version 1, where that is nearer its limit',
      {
        'memory/memory.limit_in_bytes': '1000',
        'memory/memory.usage_in_bytes': '700',
        'memory/memory.stat': 'inactive_file 1\ntotal_inactive_file 300\n',
      },
      0.4,
    ],
  ])('uses as much memory as %s', async (_, groups, used) => {
    const host = createProcHost({
      ...{ directory: tmpdir(), proc: folder(proc), cgroup: folder(groups) },
    });
    const sample = await host.sample();
    expect(sample?.memoryUsedRatio).toBeCloseTo(used);
    expect(sample).toMatchObject({
      ...{ cpu: { busy: 20, all: 100 }, networkReceivedBytes: 7, networkSentBytes: 8 },
      ...{ diskReadBytes: 1_024, diskWrittenBytes: 1_536 },
    });
  });

  it.each([
    ['no /proc', { directory: tmpdir(), proc: '/nonexistent' }],
    ['no folder of sandboxes', { directory: '/nonexistent' }],
  ])('cannot be read where there is %s', async (_, options) => {
    expect(await createProcHost(options).sample()).toBeUndefined();
  });

  it('cannot be read where the kernel says nothing of free memory', async () => {
    const old = folder({ ...proc, meminfo: 'MemTotal: 1000 kB\n' });
    const host = createProcHost({ directory: tmpdir(), proc: old });
    expect(await host.sample()).toBeUndefined();
  });
});
