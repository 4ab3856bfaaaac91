// The life of sandboxes as their owner sees it, and commands beside the runner.
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { firstText, type Harness, incarnation } from './harness.ts';

/** Cases that the fake passes too. */
export function controlCases(harness: () => Harness): void {
  it('measures the phases of a start', async () => {
    const { phases } = await harness().create();
    for (const ms of Object.values(phases)) expect(ms).toBeGreaterThanOrEqual(0);
  });

  it('takes one job only', async () => {
    const sandbox = await harness().create();
    const program = sandbox.run(harness().job('# fake: print a\nprint("a")\n'));
    expect(() => sandbox.run(harness().job(''))).toThrow(/job already/);
    expect((await harness().outcome(sandbox, program)).stdout).toBe('a\n');
  });

  it('lists what lives, and nothing after it was destroyed, however often', async () => {
    const sandbox = await harness().create();
    expect(await harness().driver.list()).toContainEqual({ id: sandbox.id, incarnation });
    await Promise.all([sandbox.destroy(), sandbox.destroy()]);
    await sandbox.destroy();
    await sandbox.ended;
    expect(await harness().driver.list()).not.toContainEqual({ id: sandbox.id, incarnation });
  });

  it('removes by id, also what does not exist', async () => {
    const sandbox = await harness().create();
    await harness().driver.remove(sandbox.id);
    await harness().driver.remove(sandbox.id);
    await sandbox.ended;
    expect(await harness().driver.list()).not.toContainEqual({ id: sandbox.id, incarnation });
  });

  it('leaves nothing of a creation that was aborted', async () => {
    const spec = harness().spec();
    const aborted = harness().driver.create(spec, AbortSignal.abort());
    await expect(aborted).rejects.toMatchObject({ code: 'cancelled' });
    const controller = new AbortController();
    const late = harness().driver.create(harness().spec(), controller.signal);
    controller.abort();
    await expect(late).rejects.toMatchObject({ code: 'cancelled' });
    expect(await harness().driver.list()).toEqual([]);
  });

  it('refuses a command once the sandbox has ended', async () => {
    const sandbox = await harness().create();
    await sandbox.kill();
    await expect(sandbox.exec({ argv: ['true'] })).rejects.toMatchObject({
      code: 'failed_precondition',
    });
  });
}

/** Cases that need real processes. */
export function realControlCases(harness: () => Harness): void {
  it('says why a runner did not start, and leaves nothing', async () => {
    const spec = harness().spec();
    const template = { ...spec.template, runner: ['/bin/sh', '-c', 'echo broken >&2; exit 3'] };
    const made = harness().driver.create({ ...spec, template }, new AbortController().signal);
    await expect(made).rejects.toMatchObject({ name: 'PlatformError', code: 'internal' });
    expect(await harness().driver.list()).toEqual([]);
  });

  it('runs commands with stdin, environment and working directory', async () => {
    const sandbox = await harness().create();
    const command = await sandbox.exec({
      argv: ['sh', '-c', 'cat; echo "$GREETING" "$PWD" >&2; exit 5'],
      env: { GREETING: 'hello' },
      cwd: '/tmp',
    });
    command.stdin.end('through stdin');
    const [stdout, stderr, exit] = await Promise.all([
      text(command.stdout),
      text(command.stderr),
      command.exit,
    ]);
    expect([stdout, stderr]).toEqual(['through stdin', 'hello /tmp\n']);
    expect(exit).toEqual({ kind: 'exited', code: 5 });
  });

  it('says what cannot be run', async () => {
    const sandbox = await harness().create();
    const command = await sandbox.exec({ argv: ['no-such-program'] });
    const [stderr, exit] = await Promise.all([text(command.stderr), command.exit]);
    expect(stderr).toContain('no-such-program');
    expect(exit).toEqual({ kind: 'exited', code: 127 });
  });

  it('kills one command and its group; the sandbox lives on', async () => {
    const sandbox = await harness().create();
    const command = await sandbox.exec({ argv: ['sh', '-c', 'sleep 1000 & echo up; sleep 1000'] });
    expect(await firstText(command.stdout)).toBe('up\n');
    await command.kill();
    expect(await command.exit).toEqual({ kind: 'signalled', signal: 'SIGKILL' });
    const outcome = await harness().outcome(
      sandbox,
      sandbox.run(harness().job('print("still here")\n')),
    );
    expect(outcome.stdout).toBe('still here\n');
  });

  it('keeps commands inside the same walls as the runner', async () => {
    const sandbox = await harness().create();
    const command = await sandbox.exec({
      argv: [
        'sh',
        '-c',
        'id -u; grep -c . /proc/self/cgroup >/dev/null; grep -E "^(CapEff|Seccomp|NoNewPrivs):" /proc/self/status | cut -f2 | tr "\\n" " "',
      ],
    });
    expect(await text(command.stdout)).toBe('65534\n0000000000000000 1 2 ');
    const before = await sandbox.usage();
    const spin = await sandbox.exec({
      argv: ['sh', '-c', 'i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done'],
    });
    await spin.exit;
    expect((await sandbox.usage()).cpuTimeMs).toBeGreaterThan(before.cpuTimeMs + 5);
  });
}
