// A signal to the process group of a job's program, sent from the host.
import type { Group } from './cgroup.ts';
import { type ProcessStat, readStat, signalGroup, signalProcess } from './process-groups.ts';

/** Sends one signal. */
export type Signaller = (name: NodeJS.Signals) => void;

/**
 * Finds the runner, which keeps its process id when it becomes the program. To be called while nothing
 * else is below the init.
 */
export function programSignaller(group: Group): Signaller {
  const all = processesOf(group);
  const runner = all.find(({ parent }) => all.some(({ pid }) => pid === parent));
  return (name) => {
    const now = processesOf(group);
    const program = now.find(({ pid }) => pid === runner?.pid);
    if (runner !== undefined && program !== undefined)
      send(now, { program, init: runner.parent }, name);
  };
}

interface Target {
  readonly program: ProcessStat;
  /** Process id of the init. */
  readonly init: number;
}

/**
 * The init is in the same group, unless the program has left it. It lives on after every signal but the
 * two that nobody can handle.
 */
function send(processes: readonly ProcessStat[], { program, init }: Target, name: NodeJS.Signals) {
  if (name !== 'SIGKILL' && name !== 'SIGSTOP') {
    signalGroup(program.group, name);
    return;
  }
  for (const { pid, group } of processes) {
    if (group === program.group && pid !== init) signalProcess(pid, name);
  }
}

function processesOf(group: Group): readonly ProcessStat[] {
  return group.processes().flatMap((pid) => readStat(pid) ?? []);
}
