// A command beside the waiting runner: the runtime starts it in the sandbox's namespaces, and it is in
// the sandbox's control group from its first instruction.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { PlatformError } from '@pilotlight/contracts';
import type { ExecCommand, ExecProgram, SandboxSpec, TerminalSize } from '../driver.ts';
import { platformDirectory } from '../platform-path.ts';
import { processSection } from './bundle.ts';
import type { Group } from './cgroup.ts';
import { readIfPresent } from './cgroup-files.ts';
import { gvisorProgram } from './gvisor-exec.ts';
import { enterGroup, type OciHost } from './host.ts';
import { type ProcessStat, readStat, signalGroup, terminalPath, treeOf } from './process-groups.ts';
import { execCommand, type Runtime, type RuntimeFiles } from './runtime.ts';
import { openStreams, type ProcessStreams } from './streams.ts';
import { resizeCommand, terminalCommand } from './terminal.ts';

export interface ExecContext {
  readonly host: OciHost;
  readonly spec: SandboxSpec;
  readonly group: Group;
  readonly runtime: Runtime;
  readonly files: RuntimeFiles;
  /** PATH inside the sandbox. */
  readonly searchPath: string;
  /** Tells the files of its commands apart; counts up. */
  nextSerial(): number;
}

/** After so long a kill looks again for processes that were being forked meanwhile. */
const killAgainMs = 50;

/** Starts one command. Rejects with `failed_precondition` when the sandbox is not there any more. */
export async function execProgram(
  context: ExecContext,
  command: ExecCommand,
): Promise<ExecProgram> {
  const { host, spec, group, files, runtime } = context;
  const serial = context.nextSerial();
  const at = (kind: string) => join(files.bundle, `exec-${serial}.${kind}`);
  const { argv, env } = wrapped(command);
  const section = processSection({
    argv,
    env: { ...spec.template.env, ...env },
    cwd: command.cwd ?? '/workspace',
    openFiles: spec.limits.openFiles,
    searchPath: context.searchPath,
  });
  await writeFile(at('json'), JSON.stringify(section));
  const streams = await openStreams(host.fifos);
  host.spawner.start(
    streams.launchScript({
      prepare: enterGroup(runtime, group),
      command: execCommand(runtime, { ...files, log: at('log') }, at('json'), at('pid')),
      log: at('log'),
      announce: 'after',
    }),
  );
  await streams.launched;
  streams.unlink();
  const pid = readPid(at('pid'));
  const log = pid === undefined ? await readFile(at('log'), 'utf8').catch(() => '') : '';
  // A session may run a hundred thousand commands.
  for (const kind of ['json', 'pid', 'log']) rm(at(kind), { force: true }).catch(() => undefined);
  if (pid === undefined) {
    streams.close();
    throw new PlatformError('failed_precondition', `The command was not started: ${log.trim()}`);
  }
  const hasTerminal = command.tty !== undefined;
  if (!runtime.isGvisor) return program(context, { streams, pid, hasTerminal });
  const exec = (inner: ExecCommand) => execProgram(context, inner);
  return gvisorProgram({ streams, pid, hasTerminal, exec });
}

/** The init reports how a command ended; with a terminal it runs on that. */
function wrapped(command: ExecCommand): Pick<ExecCommand, 'argv' | 'env'> {
  if (command.tty !== undefined) return terminalCommand(command, command.tty);
  const init = ['/bin/sh', `${platformDirectory}/init.sh`, 'exec'];
  return { argv: [...init, ...command.argv], env: command.env ?? {} };
}

interface Started {
  readonly streams: ProcessStreams;
  /** Of the process that the runtime started, on the host. */
  readonly pid: number;
  readonly hasTerminal: boolean;
}

function program(context: ExecContext, { streams, pid, hasTerminal }: Started): ExecProgram {
  const { stdin, stdout, stderr, exit } = streams;
  const first = readStat(pid);
  let ended = false;
  void streams.ended.then(() => {
    ended = true;
    stdin.destroy();
  });
  const processes = () => context.group.processes().flatMap((each) => readStat(each) ?? []);
  /** The command on its terminal leads a session of its own there; undefined until it is started. */
  const leader = () =>
    treeOf(pid, processes()).find((each) => each.pid === each.session && each.pid !== pid);
  let resized: Promise<void> = Promise.resolve();
  return {
    ...{ stdin, stdout, stderr, exit },
    async signal(name) {
      if (ended) return;
      const target = hasTerminal ? leader()?.foreground : first?.group;
      if (target !== undefined && target > 1) signalGroup(target, name);
    },
    async resize(size) {
      if (!hasTerminal) return;
      resized = resized.then(() => resizeTerminal(context, ended ? undefined : leader(), size));
      await resized;
    },
    async kill() {
      const session = hasTerminal ? leader()?.session : undefined;
      while (!ended) {
        for (const target of groupsToKill({ pid, first, session }, processes())) {
          signalGroup(target, 'SIGKILL');
        }
        await Promise.race([streams.ended, setTimeout(killAgainMs)]);
        // What is frozen dies when it is thawed, and says so then.
        if (context.group.frozen()) await streams.ended;
      }
    },
  };
}

interface Doomed {
  readonly pid: number;
  readonly first: ProcessStat | undefined;
  /** Of its terminal. */
  readonly session: number | undefined;
}

/** The command's own group, and every group of its terminal's session, jobs in the background too. */
function groupsToKill(
  { pid, first, session }: Doomed,
  processes: readonly ProcessStat[],
): ReadonlySet<number> {
  const isLiving = processes.some((each) => each.group === first?.group);
  const own = first !== undefined && isLiving ? [first.group] : [];
  if (session === undefined) return new Set(own);
  const below = treeOf(pid, processes).filter((each) => each.pid !== pid);
  const jobs = processes.filter((each) => each.session === session);
  return new Set([...jobs, ...below].map((each) => each.group).concat(own));
}

async function resizeTerminal(
  context: ExecContext,
  leader: ProcessStat | undefined,
  size: TerminalSize,
): Promise<void> {
  if (leader === undefined || leader.terminal === 0) return;
  const command = resizeCommand(terminalPath(leader.terminal), size);
  const { stdin, stdout, stderr, exit } = await execProgram(context, command);
  stdin.end();
  stdout.resume();
  stderr.resume();
  await exit;
}

function readPid(path: string): number | undefined {
  const pid = Number(readIfPresent(path));
  return pid > 1 ? pid : undefined;
}
