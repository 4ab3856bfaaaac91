// A signal to the program of a job, sent from inside its sandbox: for drivers that cannot see its
// processes on the host.

/**
 * Goes before a runner's argv: from inside, a signal to the group of process 1 is one to everybody. It
 * is no process more, and costs half a millisecond, which the host can do without.
 */
export const ownGroup: readonly string[] = ['setsid'];

/**
 * The runner is started in a process group of its own (`ownGroup`) as a child of the init, of which it
 * is the oldest, and keeps its id when it becomes the program. In /proc/PID/stat come, after the name in parentheses: state, parent,
 * group.
 */
const script = `
signal=$1 program=
for file in /proc/[0-9]*/stat; do
  { read -r line <"$file"; } 2>/dev/null || continue
  pid=\${line%% *}
  set -- \${line##*) }
  if [ "$2" != 1 ] || [ "$3" != "$pid" ]; then continue; fi
  if [ ! "$program" ] || [ "$pid" -lt "$program" ]; then program=$pid; fi
done
[ ! "$program" ] || kill -s "$signal" -- "-$program"`;

/** The command that sends it. */
export function signalCommand(name: NodeJS.Signals): readonly string[] {
  return ['/bin/sh', '-c', script, 'sh', name.replace(/^SIG/, '')];
}
