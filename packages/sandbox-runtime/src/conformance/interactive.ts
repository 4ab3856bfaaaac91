// Jobs whose program is talked to while it runs: input as it comes, its end, and signals.
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import type { Harness, Language } from './harness.ts';

const exitedWell = { kind: 'exited', code: 0 };
const signalled = (signal: string) => ({ kind: 'signalled', signal });

/** Says back each line that it reads, and what it has read to the end. */
const echo: Readonly<Record<Language, string>> = {
  python: '# fake: echo\nimport sys\nfor line in sys.stdin:\n    print(line, end="", flush=True)\n',
  javascript: `process.stdin.on('data', (piece) => process.stdout.write(piece));\n`,
  shell: 'while read -r line; do echo "$line"; done\n',
};

/** Cases that the fake passes too. */
export function interactiveCases(harness: () => Harness): void {
  it('gives a program its input as it comes, and its end', async () => {
    const { program, stdin, until } = await harness().converse(echo.python);
    for (const line of ['one\n', 'two\n', 'zwölf\n']) {
      stdin.write(line);
      expect(await until('\n')).toBe(line);
    }
    stdin.end('last\n');
    expect(await until('never')).toBe('last\n');
    expect(await program.exit).toEqual(exitedWell);
  });

  it('ends a program by a signal that it does not handle', async () => {
    const { program, stdin, until } = await harness().converse(echo.python);
    stdin.write('up\n');
    await until('up\n');
    await program.signal('SIGTERM');
    expect(await program.exit).toEqual(signalled('SIGTERM'));
    await program.signal('SIGTERM');
  });

  it('neither keeps the input of other jobs open nor signals them', async () => {
    const sandbox = await harness().create();
    const program = sandbox.run(harness().job('# fake: exit 3\nimport sys\nsys.exit(3)\n'));
    expect(program.stdin).toBeUndefined();
    await program.signal('SIGKILL');
    const { exit } = await harness().outcome(sandbox, program);
    expect(exit).toEqual({ kind: 'exited', code: 3 });
  });
}

/** Cases that need real processes. */
export function realInteractiveCases(harness: () => Harness): void {
  it.each(['javascript', 'shell'] as const)('talks to a program in %s', async (language) => {
    const { program, stdin, until } = await harness().converse(echo[language], language);
    stdin.write('one\n');
    expect(await until('\n')).toBe('one\n');
    stdin.end('two\n');
    expect(await until('never')).toBe('two\n');
    expect(await program.exit).toEqual(exitedWell);
  });

  it('prompts and asks', async () => {
    const { program, stdin, until } = await harness().converse(
      'print("hello " + input("name? "))\nprint(len(input()))\n',
    );
    expect(await until('? ')).toBe('name? ');
    stdin.write('Ada\n');
    expect(await until('\n')).toBe('hello Ada\n');
    stdin.write('x'.repeat(300_000));
    stdin.end('\n');
    expect(await until('never')).toBe('300000\n');
    expect(await program.exit).toEqual(exitedWell);
  });

  it('interrupts a program, which may handle it, and go on', async () => {
    const { program, stdin, until } = await harness().converse(
      'import time\ntry:\n    print("up", flush=True)\n    time.sleep(1000)\n' +
        'except KeyboardInterrupt:\n    print("interrupted", flush=True)\nprint(input())\n',
    );
    await until('up\n');
    await program.signal('SIGINT');
    expect(await until('interrupted\n')).toBe('interrupted\n');
    stdin.end('still here\n');
    expect(await until('never')).toBe('still here\n');
    expect(await program.exit).toEqual(exitedWell);
  });

  it('shows an interrupt that nobody handles as the bare interpreter does', async () => {
    const { sandbox, program, until } = await harness().converse(
      'import time\nprint("up", flush=True)\nwhile True: time.sleep(0.05)\n',
    );
    await until('up\n');
    await program.signal('SIGINT');
    const [stderr, exit] = await Promise.all([text(program.stderr), program.exit]);
    expect(exit).toEqual(signalled('SIGINT'));
    // It may come before the program has gone from its second line to its third.
    expect(stderr).toMatch(/^Traceback .*\n {2}File "\/workspace\/main.py", line [23]/);
    expect(stderr).toMatch(/\nKeyboardInterrupt\n$/);
    await sandbox.ended;
  });

  it.each(['SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGKILL'] as const)(
    'dies of %s by default, and says so',
    async (signal) => {
      const { program, until } = await harness().converse('echo up; exec sleep 1000\n', 'shell');
      await until('up\n');
      await program.signal(signal);
      expect(await program.exit).toEqual(signalled(signal));
    },
  );

  it('signals what the program has started, too', async () => {
    const { program, until } = await harness().converse(
      'import os, signal, time\nsignal.signal(signal.SIGUSR1, lambda *_: None)\n' +
        'child = os.fork()\n' +
        'if child == 0:\n    signal.signal(signal.SIGUSR1, signal.SIG_DFL)\n' +
        '    print("up", flush=True)\n    time.sleep(1000)\n' +
        'print("child", os.WTERMSIG(os.waitpid(child, 0)[1]), flush=True)\n',
    );
    await until('up\n');
    await program.signal('SIGUSR1');
    expect(await until('never')).toBe('child 10\n');
    expect(await program.exit).toEqual(exitedWell);
  });

  it('stops a program and has it go on', async () => {
    const { program, stdin, until } = await harness().converse(echo.python);
    stdin.write('one\n');
    await until('one\n');
    await program.signal('SIGSTOP');
    stdin.write('two\n');
    await program.signal('SIGCONT');
    expect(await until('\n')).toBe('two\n');
    await program.signal('SIGKILL');
    expect(await program.exit).toEqual(signalled('SIGKILL'));
  });

  it('waits for a program that does not read', async () => {
    const { program, stdin, until } = await harness().converse(
      'import sys, time\nprint("up", flush=True)\ntime.sleep(0.3)\nprint(len(sys.stdin.read()))\n',
    );
    await until('up\n');
    expect(stdin.write(Buffer.alloc(1 << 20, 'x'))).toBe(false);
    await once(stdin, 'drain');
    stdin.end();
    expect(await until('never')).toBe(`${1 << 20}\n`);
    expect(await program.exit).toEqual(exitedWell);
  });
}
