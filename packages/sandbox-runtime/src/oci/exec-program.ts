// A command beside the waiting runner: the runtime starts it in the sandbox's namespaces, and it is in
// the sandbox's control group from its first instruction.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PlatformError } from '@pilotlight/contracts';
import type { ExecCommand, ExecProgram, SandboxSpec } from '../driver.ts';
import { processSection } from './bundle.ts';
import type { Group } from './cgroup.ts';
import { hasCode, readIfPresent } from './cgroup-files.ts';
import { enterGroup, type OciHost } from './host.ts';
import { platformDirectory } from './rootfs.ts';
import { execCommand, type RuntimeFiles } from './runtime.ts';
import { openStreams } from './streams.ts';

export interface ExecContext {
  readonly host: OciHost;
  readonly spec: SandboxSpec;
  readonly group: Group;
  readonly files: RuntimeFiles;
  /** PATH inside the sandbox. */
  readonly searchPath: string;
}

/**
 * The process group of a process, which the runtime gives each command: not always under the
 * process's own number. Undefined once the process is gone.
 */
function processGroup(pid: number): number | undefined {
  const fields = readIfPresent(`/proc/${pid}/stat`).replace(/^.*\)/s, '').trim().split(' ');
  const group = Number(fields[2]);
  return group > 1 ? group : undefined;
}

function killProcessGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch (thrown) {
    if (!hasCode(thrown, 'ESRCH')) throw thrown;
  }
}

/** Starts one command. Rejects with `failed_precondition` when the sandbox is not there any more. */
export async function execProgram(
  context: ExecContext,
  command: ExecCommand,
  serial: number,
): Promise<ExecProgram> {
  const { host, spec, group, files } = context;
  const at = (kind: string) => join(files.bundle, `exec-${serial}.${kind}`);
  const section = processSection({
    argv: ['/bin/sh', `${platformDirectory}/init.sh`, 'exec', ...command.argv],
    env: { ...spec.template.env, ...command.env },
    cwd: command.cwd ?? '/workspace',
    openFiles: spec.limits.openFiles,
    searchPath: context.searchPath,
  });
  await writeFile(at('json'), JSON.stringify(section));
  const streams = await openStreams(host.fifos);
  host.spawner.start(
    streams.launchScript({
      prepare: enterGroup(host, group),
      command: execCommand(host.runtime, { ...files, log: at('log') }, at('json'), at('pid')),
      log: at('log'),
      announce: 'after',
    }),
  );
  await streams.launched;
  streams.unlink();
  const pid = readPid(at('pid'));
  if (pid === undefined) {
    const log = await readFile(at('log'), 'utf8').catch(() => '');
    streams.close();
    throw new PlatformError('failed_precondition', `The command was not started: ${log.trim()}`);
  }
  const processes = processGroup(pid);
  let ended = false;
  void streams.ended.then(() => {
    ended = true;
    streams.stdin.destroy();
  });
  return {
    stdin: streams.stdin,
    stdout: streams.stdout,
    stderr: streams.stderr,
    exit: streams.exit,
    async kill() {
      if (!ended && processes !== undefined) killProcessGroup(processes);
      await streams.ended;
    },
  };
}

function readPid(path: string): number | undefined {
  const pid = Number(readIfPresent(path));
  return pid > 1 ? pid : undefined;
}
