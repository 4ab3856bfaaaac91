// The build command of a template: it runs in a sandbox like any other, but for the folder of artefacts,
// which it may write to.
import { randomBytes } from 'node:crypto';
import { PlatformError } from '@pilotlight/contracts';
import type { Program, Sandbox, SandboxSpec, SandboxTemplate } from '../../driver.ts';
import { LastLines } from './last-lines.ts';

const pids = 512;
const openFiles = 4_096;

/** Ready at once, then the build as it is, with nothing to read. */
const runner = 'printf R; exec "$@" </dev/null';

export const buildIdPrefix = 'build-';

/** A sandbox of the template whose runner is its build command. */
export function buildSpec(
  template: SandboxTemplate,
  { incarnation, cpus }: { readonly incarnation: string; readonly cpus: number },
): SandboxSpec {
  const { build = [], memoryBytes = 0 } = template.artefacts ?? {};
  return {
    id: `${buildIdPrefix}${template.name}-${randomBytes(6).toString('hex')}`,
    incarnation,
    template: { ...template, runner: ['/bin/sh', '-c', runner, 'build', ...build] },
    limits: { memoryBytes, cpus, pids, openFiles, workspaceBytes: memoryBytes },
  };
}

function follow(program: Program): LastLines {
  const said = new LastLines();
  for (const stream of [program.stdout, program.stderr]) {
    stream.on('data', (chunk: Buffer) => said.add(chunk.toString('utf8')));
  }
  return said;
}

/** Waits for the build's end and destroys its sandbox. Rejects with `unavailable` and its output. */
export async function finishBuild(
  sandbox: Sandbox,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<void> {
  try {
    const program = sandbox.watch();
    const said = follow(program);
    const tooLong = AbortSignal.timeout(timeoutMs);
    const until = AbortSignal.any([signal, tooLong]);
    const kill = () => void sandbox.kill();
    until.addEventListener('abort', kill);
    if (until.aborted) kill();
    const exit = await program.exit.finally(() => until.removeEventListener('abort', kill));
    const { oomKills } = await sandbox.usage();
    signal.throwIfAborted();
    if (exit.kind === 'exited' && exit.code === 0) return;
    await sandbox.ended;
    const how = tooLong.aborted
      ? `took longer than ${timeoutMs / 1_000} s`
      : oomKills > 0
        ? 'ran out of memory'
        : exit.kind === 'exited'
          ? `ended with ${exit.code}`
          : `was ended by ${exit.signal}`;
    throw new PlatformError('unavailable', `The build ${how}: ${said.text() || 'it said nothing'}`);
  } finally {
    await sandbox.destroy();
  }
}
