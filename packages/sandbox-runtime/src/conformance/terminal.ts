// Commands with a terminal, and signals to commands: what an interactive user needs.
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import type { ExecProgram, Sandbox, TerminalSize } from '../driver.ts';
import type { Harness } from './harness.ts';

const tty: TerminalSize = { columns: 91, rows: 33 };

/** Reads on until the text has appeared; what comes later is left for the next call. */
class Screen {
  #shown = '';
  readonly #stream: Readable;
  #wake: () => void = () => undefined;

  constructor(stream: Readable) {
    this.#stream = stream;
    stream.on('data', (chunk: Buffer) => {
      this.#shown += chunk.toString('utf8');
      this.#wake();
    });
    stream.once('close', () => this.#wake());
  }

  async shows(wanted: string): Promise<void> {
    for (let at = -1; ; ) {
      at = this.#shown.indexOf(wanted);
      if (at >= 0) {
        this.#shown = this.#shown.slice(at + wanted.length);
        return;
      }
      if (this.#stream.destroyed) throw new Error(`It ended with: ${this.#shown}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

const editor = `
import curses
def main(screen):
    typed = ''
    while True:
        rows, columns = screen.getmaxyx()
        screen.clear()
        screen.addstr(0, 0, '%d by %d [%s]' % (columns, rows, typed))
        screen.refresh()
        key = screen.get_wch()
        if key == 'q': return
        if isinstance(key, str): typed += key
curses.wrapper(main)
print('left')
`;

/** Cases that need real processes. */
export function realTerminalCases(harness: () => Harness): void {
  const start = async (...argv: readonly string[]) => {
    const sandbox = await harness().create();
    const program = await sandbox.exec({ argv, tty });
    return { sandbox, program, screen: new Screen(program.stdout) };
  };
  const commandLines = async (sandbox: Sandbox) => {
    const look = await sandbox.exec({
      argv: ['sh', '-c', 'cat /proc/[0-9]*/cmdline | tr "\\0" " "'],
    });
    return text(look.stdout);
  };
  const exited = (code: number) => ({ kind: 'exited', code });

  it('gives a command a terminal of its size, and reports its exit code', async () => {
    const sandbox = await harness().create();
    const script = 'stty size; test -t 0 && test -t 2; echo $? $TERM; exit 7';
    const program = await sandbox.exec({ argv: ['sh', '-c', script], tty });
    expect(await text(program.stdout)).toBe('33 91\r\n0 xterm\r\n');
    expect(await program.exit).toEqual(exited(7));
  });

  it.each([
    ['Ctrl-C', (program: ExecProgram) => void program.stdin.write('\u0003'), 'SIGINT'],
    ['Ctrl-\\', (program: ExecProgram) => void program.stdin.write('\u001c'), 'SIGQUIT'],
    ['a signal', (program: ExecProgram) => void program.signal('SIGTERM'), 'SIGTERM'],
  ])('ends a command in a terminal by %s, and says by which signal', async (_, end, signal) => {
    const { program, screen } = await start('sh', '-c', 'echo up; exec sleep 1000');
    await screen.shows('up');
    end(program);
    expect(await program.exit).toEqual({ kind: 'signalled', signal });
  });

  it('ends the input of a terminal as Ctrl-D does', async () => {
    const { program, screen } = await start('cat');
    program.stdin.end('typed\n');
    await screen.shows('typed\r\ntyped\r\n');
    expect(await program.exit).toEqual(exited(0));
  });

  it('has job control', async () => {
    const { program, screen } = await start('bash', '--norc', '-i');
    program.stdin.write("sh -c 'echo up $((20 + 1)); read line'\n");
    await screen.shows('up 21');
    program.stdin.write('\u001a');
    await screen.shows('Stopped');
    // bash does not leave as long as it has stopped jobs; without -f, wait takes a stopped one for over.
    program.stdin.write('kill -KILL %1; wait -f %1; echo "after $((20 + 1))"\n');
    await screen.shows('after 21');
    program.stdin.write('exit 3\n');
    expect(await program.exit).toEqual(exited(3));
  });

  it('tells a full-screen program of a new size, and passes its keys on', async () => {
    const { program, screen } = await start('python3', '-c', editor);
    await screen.shows('91 by 33 []');
    program.stdin.write('h');
    await screen.shows('h]');
    program.stdin.write('é');
    await screen.shows('é]');
    await program.resize({ columns: 50, rows: 20 });
    await screen.shows('50 by 20 [hé]');
    program.stdin.write('q');
    await screen.shows('left');
    expect(await program.exit).toEqual(exited(0));
  });

  it('kills everything on a terminal, also what ignores that it hung up', async () => {
    const script = 'trap "" HUP; set -m; sleep 4711 & echo up; cat';
    const { sandbox, program, screen } = await start('bash', '-c', script);
    await screen.shows('up');
    await program.kill();
    expect(await program.exit).toEqual({ kind: 'signalled', signal: 'SIGKILL' });
    expect(await commandLines(sandbox)).not.toContain('sleep 4711');
  });

  it('signals a whole process group, and reports how the command took it', async () => {
    const sandbox = await harness().create();
    const script = 'sleep 4711 & trap "wait; echo caught; exit 4" TERM; echo up; wait';
    const program = await sandbox.exec({ argv: ['sh', '-c', script] });
    const screen = new Screen(program.stdout);
    await screen.shows('up');
    await program.signal('SIGTERM');
    await screen.shows('caught');
    expect(await program.exit).toEqual(exited(4));
    await program.signal('SIGTERM');
    expect(await commandLines(sandbox)).not.toContain('sleep 4711');
  });

  it('tells a command that a signal ended from one that exits with its number', async () => {
    const sandbox = await harness().create();
    const ended = await sandbox.exec({ argv: ['sh', '-c', 'exit 143'] });
    expect(await ended.exit).toEqual(exited(143));
    const killed = await sandbox.exec({ argv: ['sh', '-c', 'echo up; exec sleep 1000'] });
    await new Screen(killed.stdout).shows('up');
    await killed.signal('SIGTERM');
    expect(await killed.exit).toEqual({ kind: 'signalled', signal: 'SIGTERM' });
  });
}
