// Signals to a command in a gVisor sandbox. Its processes do not exist on the host, so a second command
// inside sends them; whoever prevents that is left to be killed with the sandbox.
import type { ExecCommand, ExecProgram, TerminalSize } from '../driver.ts';
import type { ProcessStreams } from './streams.ts';
import { resizeCommands } from './terminal.ts';

/**
 * Sets `tree` to the process $1 and all below it, `groups` to the process groups of those, and
 * `terminal` to the one that the last of them has. In /proc/PID/stat come, after the name in
 * parentheses: state, parent, group.
 */
const findTree = `
root=$1 tree=" $1 " groups=' ' terminal= more=yes
while [ "$more" ]; do
  more=
  for file in /proc/[0-9]*/stat; do
    { read -r line <"$file"; } 2>/dev/null || continue
    pid=\${line%% *}
    set -- \${line##*) }
    case "$tree" in *" $pid "*) isIn=yes ;; *) isIn= ;; esac
    case "$tree" in *" $2 "*) if [ ! "$isIn" ]; then tree="$tree$pid " isIn=yes more=yes; fi ;; esac
    case "$isIn$groups" in yes*" $3 "*) ;; yes*) groups="$groups$3 " ;; esac
  done
done
for pid in $tree; do
  case $(readlink "/proc/$pid/fd/0" 2>/dev/null) in /dev/pts/*) terminal=/proc/$pid/fd/0 ;; esac
done
`;

/** The first group is that of the init around the command, or with a terminal of `script`. */
const signalScript = `signal=$2 hasTerminal=$3${findTree}
own=\${groups# } own=\${own%% *}
for group in $groups; do
  if [ "$hasTerminal" ] && [ "$group" = "$own" ]; then continue; fi
  kill -s "$signal" -- "-$group" 2>/dev/null
done
exit 0`;

/** Again and again, because processes may be forked meanwhile. */
const killScript = `first=$1
while [ -d "/proc/$first" ]; do
  set -- "$first"${findTree}
  for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
  for pid in $tree; do kill -s KILL "$pid" 2>/dev/null; done
done`;

const resizeScript = `columns=$2 rows=$3${findTree}
[ -z "$terminal" ] || { ${resizeCommands}; } <"$terminal"`;

export interface GvisorProgramOptions {
  readonly streams: ProcessStreams;
  /** Of the process that the runtime started, inside. */
  readonly pid: number;
  readonly hasTerminal: boolean;
  readonly exec: (command: ExecCommand) => Promise<ExecProgram>;
}

/** As `ExecProgram` says, but that a signal to a terminal reaches all its process groups. */
export function gvisorProgram(options: GvisorProgramOptions): ExecProgram {
  const { streams, pid, hasTerminal } = options;
  const { stdin, stdout, stderr, exit } = streams;
  let ended = false;
  void streams.ended.then(() => {
    ended = true;
    stdin.destroy();
  });
  const runInside = async (script: string, ...args: readonly string[]) => {
    if (ended) return;
    const argv = ['/bin/sh', '-c', script, 'sh', String(pid), ...args];
    const command = await options.exec({ argv, cwd: '/' });
    command.stdin.end();
    command.stdout.resume();
    command.stderr.resume();
    await command.exit;
  };
  let resized: Promise<void> = Promise.resolve();
  return {
    ...{ stdin, stdout, stderr, exit },
    signal: (name) => runInside(signalScript, name.replace(/^SIG/, ''), hasTerminal ? 'yes' : ''),
    async resize({ columns, rows }: TerminalSize) {
      if (!hasTerminal) return;
      resized = resized.then(() => runInside(resizeScript, String(columns), String(rows)));
      await resized;
    },
    async kill() {
      await runInside(killScript);
      await streams.ended;
    },
  };
}
