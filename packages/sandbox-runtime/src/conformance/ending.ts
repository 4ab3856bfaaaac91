// How programs end, and what is left of them.
import { slowness } from '@pilotlight/telemetry/test-slowness';
import { expect, it } from 'vitest';
import { firstText, type Harness } from './harness.ts';

const exited = (code: number) => ({ kind: 'exited', code });
const signalled = (signal: string) => ({ kind: 'signalled', signal });

/** Cases that the fake passes too. */
export function endingCases(harness: () => Harness): void {
  it('reports the exit code of a program', async () => {
    const { exit } = await harness().run('# fake: exit 7\nimport sys\nsys.exit(7)\n');
    expect(exit).toEqual(exited(7));
  });

  it('tells exit 137 and SIGKILL apart', async () => {
    const code = await harness().run('# fake: exit 137\nimport sys\nsys.exit(137)\n');
    const signal = await harness().run(
      '# fake: signal SIGKILL\nimport os\nos.kill(os.getpid(), 9)\n',
    );
    expect([code.exit, signal.exit]).toEqual([exited(137), signalled('SIGKILL')]);
  });

  it('kills a program that hangs, and says so', async () => {
    const sandbox = await harness().create();
    const program = sandbox.run(
      harness().job('# fake: print up; hang\nprint("up")\nimport time\ntime.sleep(1000)\n'),
    );
    expect(await firstText(program.stdout)).toContain('up');
    await sandbox.kill();
    await sandbox.ended;
    expect(await program.exit).toEqual(signalled('SIGKILL'));
  });

  it('ends both streams when the sandbox is killed before it had a job', async () => {
    const sandbox = await harness().create();
    await sandbox.kill();
    const outcome = await harness().outcome(sandbox, sandbox.run(harness().job('')));
    expect(outcome.exit).toEqual(signalled('SIGKILL'));
  });
}

/** Cases that need real processes. */
export function realEndingCases(harness: () => Harness): void {
  it.each([
    ['abort', 'import os\nos.abort()\n', signalled('SIGABRT')],
    ['a segmentation fault', 'import os\nos.kill(os.getpid(), 11)\n', signalled('SIGSEGV')],
    [
      'a broken pipe',
      'import os, signal\nsignal.signal(13, signal.SIG_DFL)\nos.kill(os.getpid(), 13)\n',
      signalled('SIGPIPE'),
    ],
    ['SIGTERM to itself', 'import os\nos.kill(os.getpid(), 15)\n', signalled('SIGTERM')],
    ['an uncaught exception', '1/0\n', exited(1)],
    ['os._exit', 'import os\nos._exit(255)\n', exited(255)],
  ])('reports %s', async (_, source, status) => {
    expect((await harness().run(source)).exit).toEqual(status);
  });

  it('shows tracebacks as the bare interpreter does', async () => {
    const { stderr, exit } = await harness().run('def f():\n    raise ValueError("no")\nf()\n');
    expect(exit).toEqual(exited(1));
    expect(stderr).toMatch(/^Traceback .*\n {2}File "\/workspace\/main.py", line 3, in <module>\n/);
    expect(stderr).toMatch(/\nValueError: no\n$/);
    expect(stderr).not.toContain('/pilotlight');
  });

  it('reaps orphans', async () => {
    const { stdout } = await harness().run(`
import os, time
for _ in range(20):
    child = os.fork()
    if child == 0:
        if os.fork() == 0:
            os._exit(0)
        os._exit(0)
    os.waitpid(child, 0)
def zombies():
    states = []
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            states.append(open('/proc/' + pid + '/stat').read().rpartition(')')[2].split()[0])
        except FileNotFoundError:
            pass
    return states.count('Z')
deadline = time.time() + 2
while zombies() and time.time() < deadline:
    time.sleep(0.01)
print(zombies())
`);
    expect(stdout).toBe('0\n');
  });

  it('does not wait for a grandchild that holds stdout', async () => {
    const { exit, stdout } = await harness().run(`
import os, time
if os.fork() == 0:
    time.sleep(1000)
print("done")
os._exit(3)
`);
    expect([exit, stdout]).toEqual([exited(3), 'done\n']);
  });

  it('kills what double forks, leaves the session and ignores signals', async () => {
    const sandbox = await harness().create();
    const program = sandbox.run(
      harness().job(`
import os, signal, time
for number in range(1, 32):
    if number not in (9, 19):
        signal.signal(number, signal.SIG_IGN)
for _ in range(5):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            while True:
                time.sleep(1000)
        os._exit(0)
print("up")
time.sleep(1000)
`),
    );
    expect(await firstText(program.stdout)).toBe('up\n');
    const begun = performance.now();
    await sandbox.kill();
    await sandbox.ended;
    expect(performance.now() - begun).toBeLessThan(1_000 * slowness());
  });

  it('survives kill -9 -1 of a program in another sandbox', async () => {
    const other = await harness().create();
    const { exit } = await harness().run(`
import os, time
if os.fork() == 0:
    time.sleep(1000)
os.kill(-1, 9)
os._exit(4)
`);
    expect(exit).toEqual(exited(4));
    const outcome = await harness().outcome(other, other.run(harness().job('print("alive")\n')));
    expect(outcome.stdout).toBe('alive\n');
  });
}
