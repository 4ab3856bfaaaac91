// Finds out whether limits hold here, by breaking them: one sandbox runs out of memory, another out of
// processes, and the counters have to say so.
import { type IsolationLevel, PlatformError } from '@pilotlight/contracts';
import type { Sandbox, SandboxSpec } from '../driver.ts';

/** An init and a runner in two lines: ready at once, then runs the one line that it is given. */
const init = 'printf S; shift; "$@"; printf "exit %s\\n" "$?" >&3\n';
const runner = 'printf R; read -r line; eval "$line"\n';

const outOfMemory = 'dd if=/dev/zero of=/dev/null bs=96M count=1\n';
const outOfProcesses =
  'i=0; while [ "$i" -lt 64 ]; do sleep 30 & i=$((i+1)); done >/dev/null 2>&1\n';

/** How the ids of its sandboxes begin. */
export const probeIdPrefix = 'probe-';

const memoryBytes = 48 << 20;
const pids = 16;

function probeSpec(
  name: string,
  incarnation: string,
  isolation: IsolationLevel = 'default',
): SandboxSpec {
  return {
    id: `${probeIdPrefix}${name}`,
    incarnation,
    template: {
      name: 'probe',
      image: '',
      toolchains: [],
      isolation,
      runner: ['/bin/sh', '/pilotlight/runner.sh'],
      files: [
        { path: '/pilotlight/init.sh', content: init },
        { path: '/pilotlight/runner.sh', content: runner },
      ],
      env: {},
    },
    limits: { memoryBytes, cpus: 1, pids, openFiles: 64, workspaceBytes: 1 << 20 },
  };
}

/** One sentence for each limit that did not hold; empty when all of them did. Takes about 0.1 s. */
export async function probeLimits(
  create: (spec: SandboxSpec) => Promise<Sandbox>,
  incarnation: string,
): Promise<readonly string[]> {
  const usageOf = async (name: string, line: string) => {
    const sandbox = await create(probeSpec(name, incarnation));
    try {
      const program = sandbox.run(Buffer.from(line));
      program.stdout.resume();
      program.stderr.resume();
      await Promise.race([program.exit, sandbox.ended]);
      return await sandbox.usage();
    } finally {
      await sandbox.destroy();
    }
  };
  const [memory, processes] = await Promise.all([
    usageOf('memory', outOfMemory),
    usageOf('pids', outOfProcesses),
  ]);
  return [
    ...(memory.oomKills > 0 ? [] : ['The memory limit does not hold here.']),
    ...(processes.pidsLimitHits > 0 ? [] : ['The limit on processes does not hold here.']),
  ];
}

/** The id of the sandbox that it makes. */
export const gvisorProbeId = `${probeIdPrefix}gvisor`;

/** A build of gVisor that does not fit the Go it was built with crashes at one of the first forks. */
const forks = `${Array.from({ length: 10 }, () => '/bin/true').join(' && ')}\n`;

/**
 * Starts a few programs in gVisor, which takes about 0.3 s. Rejects with `unavailable` and the reason
 * where that does not work.
 */
export async function probeGvisor(
  create: (spec: SandboxSpec) => Promise<Sandbox>,
  incarnation: string,
): Promise<void> {
  const spec = probeSpec('gvisor', incarnation, 'gvisor');
  const unavailable = (reason: string, cause?: unknown) =>
    new PlatformError('unavailable', `gVisor does not work here: ${reason}`, { cause });
  const sandbox = await create({
    ...spec,
    limits: { ...spec.limits, memoryBytes: 256 << 20 },
  }).catch((thrown: unknown) =>
    Promise.reject(unavailable(PlatformError.from(thrown).message, thrown)),
  );
  try {
    const program = sandbox.run(Buffer.from(forks));
    program.stdout.resume();
    program.stderr.resume();
    const exit = await program.exit;
    if (exit.kind !== 'exited' || exit.code !== 0) throw unavailable('programs in it are killed.');
  } finally {
    await sandbox.destroy();
  }
}
