// Limits that hold, and counters that say which one was hit.
import { expect, it } from 'vitest';
import { firstText, type Harness, limits, usageWhen } from './harness.ts';

/** Cases that the fake passes too. */
export function resourceCases(harness: () => Harness): void {
  it('counts a program that runs out of memory', async () => {
    const { exit, usage } = await harness().run(
      '# fake: allocate\nkeep = []\nwhile True:\n    keep.append(bytearray(1 << 20))\n',
      { limits: { memoryBytes: 64 << 20 } },
    );
    expect(usage.oomKills).toBeGreaterThan(0);
    expect(exit).toEqual({ kind: 'signalled', signal: 'SIGKILL' });
  });

  it('counts forks that were refused, and ends the bomb', async (context) => {
    harness().skipUnderGvisor(context, 'memory runs out before the host refuses a fork.');
    const sandbox = await harness().create('python', { pids: 32 });
    const program = sandbox.run(
      harness().job(
        '# fake: forks\nimport os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass\n',
      ),
    );
    await usageWhen(sandbox, (usage) => usage.pidsLimitHits > 0);
    await sandbox.kill();
    expect(await program.exit).toEqual({ kind: 'signalled', signal: 'SIGKILL' });
  });
}

/** Cases that need a kernel. */
export function realResourceCases(harness: () => Harness): void {
  it('counts children out of memory though the program exits with 0', async () => {
    const { usage } = await harness().run(
      `
import os
child = os.fork()
if child == 0:
    keep = []
    while True:
        keep.append(bytearray(1 << 20))
os.waitpid(child, 0)
os._exit(0)
`,
      { limits: { memoryBytes: 64 << 20 } },
    );
    expect(usage.oomKills).toBeGreaterThan(0);
  });

  it('counts files in the workspace as memory', async () => {
    const { usage, stdout } = await harness().run(
      'f = open("big", "wb")\nwhile True:\n    f.write(bytes(1 << 20))\n',
      { limits: { memoryBytes: 64 << 20, workspaceBytes: 512 << 20 } },
    );
    expect(usage.oomKills).toBeGreaterThan(0);
    expect(stdout).toBe('');
  });

  it('says no space when the workspace is full, and no files when there are too many', async (context) => {
    harness().skipUnderGvisor(context, 'the number of files in a folder has no limit.');
    const { stdout } = await harness().run(
      `
import errno, os
try:
    with open("big", "wb") as f:
        while True:
            f.write(bytes(1 << 20))
except OSError as error:
    print(errno.errorcode[error.errno])
os.unlink("big")
try:
    for number in range(1000000):
        open(str(number), "w").close()
except OSError as error:
    print(errno.errorcode[error.errno])
try:
    keep = [os.dup(0) for _ in range(10000)]
except OSError as error:
    print(errno.errorcode[error.errno])
`,
      { limits: { workspaceBytes: 8 << 20 } },
    );
    expect(stdout).toBe('ENOSPC\nENOSPC\nEMFILE\n');
  });

  it('measures cpu time and peak memory from outside, also after the end', async () => {
    const { usage } = await harness().run(
      'import time\nkeep = bytearray(48 << 20)\nwhile time.process_time() < 0.2:\n    pass\n',
    );
    expect(usage.cpuTimeMs).toBeGreaterThan(190);
    expect(usage.peakMemoryBytes).toBeGreaterThan(48 << 20);
  });

  it('lowers the memory limit of a waiting sandbox', async () => {
    const sandbox = await harness().create();
    await sandbox.setLimits({ ...limits, memoryBytes: 48 << 20 });
    const program = sandbox.run(harness().job('keep = bytearray(96 << 20)\nprint(len(keep))\n'));
    const { usage, stdout } = await harness().outcome(sandbox, program);
    expect(stdout).toBe('');
    expect(usage.oomKills).toBeGreaterThan(0);
  });

  it('raises the memory limit of a waiting sandbox', async () => {
    const sandbox = await harness().create('python', { memoryBytes: 96 << 20 });
    await sandbox.setLimits({ ...limits, memoryBytes: 384 << 20 });
    const program = sandbox.run(harness().job('keep = bytearray(192 << 20)\nprint(len(keep))\n'));
    const { usage, stdout } = await harness().outcome(sandbox, program);
    expect(stdout).toBe(`${192 << 20}\n`);
    expect(usage.oomKills).toBe(0);
  });

  it('freezes and thaws', async () => {
    const sandbox = await harness().create();
    const program = sandbox.run(harness().job('print("up")\nwhile True:\n    pass\n'));
    expect(await firstText(program.stdout)).toBe('up\n');
    await sandbox.pause();
    const { cpuTimeMs } = await sandbox.usage();
    expect((await sandbox.usage()).cpuTimeMs - cpuTimeMs).toBeLessThan(1);
    await sandbox.resume();
    await usageWhen(sandbox, (usage) => usage.cpuTimeMs > cpuTimeMs + 20);
  });

  it('kills a frozen sandbox', async () => {
    const sandbox = await harness().create();
    const program = sandbox.run(harness().job('print("up")\nwhile True:\n    pass\n'));
    expect(await firstText(program.stdout)).toBe('up\n');
    await sandbox.pause();
    await sandbox.kill();
    expect(await program.exit).toEqual({ kind: 'signalled', signal: 'SIGKILL' });
  });
}
