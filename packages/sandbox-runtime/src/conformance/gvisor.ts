// What templates with `isolation: gvisor` are for, and where they differ.
import { expect, it } from 'vitest';
import { type Harness, usageWhen } from './harness.ts';

const bomb = `
import os
while True:
    try:
        os.fork()
    except OSError:
        pass
`;

const fill = `
import errno
try:
    with open("big", "wb") as f:
        while True:
            f.write(bytes(1 << 20))
except OSError as error:
    print(errno.errorcode[error.errno])
`;

/** Cases for templates with gVisor. */
export function gvisorCases(harness: () => Harness): void {
  it('runs programs on a kernel of its own', async () => {
    const { stdout } = await harness().run('print(open("/proc/version").read())\n');
    expect(stdout).toMatch(/^Linux version 4\./);
  });

  it('ends a bomb of processes, by whichever limit comes first', async () => {
    const sandbox = await harness().create('python', { pids: 32 });
    const program = sandbox.run(harness().job(bomb));
    program.stdout.resume();
    program.stderr.resume();
    await usageWhen(sandbox, ({ oomKills, pidsLimitHits }) => oomKills + pidsLimitHits > 0);
    await sandbox.kill();
    expect(await program.exit).toEqual({ kind: 'signalled', signal: 'SIGKILL' });
  });

  it('holds the workspace to its size', async () => {
    const { stdout } = await harness().run(fill, { limits: { workspaceBytes: 8 << 20 } });
    expect(stdout).toBe('ENOSPC\n');
  });
}
