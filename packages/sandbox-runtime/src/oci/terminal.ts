// A terminal for a command: `script` inside the sandbox opens it on the sandbox's own devpts, so that
// it is the same under every runtime, and nothing of it is the host's.
import type { ExecCommand, TerminalSize } from '../driver.ts';
import { platformDirectory } from '../platform-path.ts';
import { shellQuote } from './spawner.ts';

const program = '/usr/bin/script';

/** Its input is a pipe, so `script` leaves the terminal without echo and without a size. */
const becomeCommand = `stty columns "$1" rows "$2" echo
shift 2
exec /bin/sh ${platformDirectory}/init.sh exec "$@"`;

/** Arguments and environment of a command that is to have a terminal. Its exit is reported as always. */
export function terminalCommand(
  command: ExecCommand,
  { columns, rows }: TerminalSize,
): Pick<ExecCommand, 'argv'> & { readonly env: Readonly<Record<string, string>> } {
  const { SHELL: shell, ...env }: Record<string, string> = { TERM: 'xterm', ...command.env };
  // It would run that shell instead of a plain one; the command gets it all the same.
  const argv = shell === undefined ? command.argv : ['env', `SHELL=${shell}`, ...command.argv];
  const words = ['/bin/sh', '-c', becomeCommand, 'sh', String(columns), String(rows), ...argv];
  const line = `exec ${words.map(shellQuote).join(' ')}`;
  return { argv: [program, '-qefc', line, '/dev/null'], env: { ...env, SHELL: '/bin/sh' } };
}

/**
 * Shell commands that tell the terminal on stdin of its size, in `$columns` and `$rows`. stty changes the
 * one and then the other, each with a SIGWINCH: a program that is still at the first one, as those of
 * ncurses, could miss the second. So that comes when they are done, as a rule.
 */
export const resizeCommands = 'stty columns "$columns" && sleep 0.05 && stty rows "$rows"';

/** Tells the terminal at a path inside of its size; whoever is in its foreground gets SIGWINCH. */
export function resizeCommand(path: string, { columns, rows }: TerminalSize): ExecCommand {
  const script = `columns=$2 rows=$3; { ${resizeCommands}; } <"$1"`;
  return { argv: ['sh', '-c', script, 'sh', path, String(columns), String(rows)] };
}
