// Makes one sandbox: control group, bundle, runtime; then waits for its init and its runner.
import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PlatformError } from '@pilotlight/contracts';
import type { DriverPhases, Sandbox, SandboxSpec } from '../driver.ts';
import { nextByte } from '../next-byte.ts';
import { bundleConfig } from './bundle.ts';
import type { Group } from './cgroup.ts';
import { killGroup, removeDirectory, removeGroupFully } from './dispose.ts';
import { execProgram } from './exec-program.ts';
import { enterGroup, type OciHost, programPath } from './host.ts';
import type { Toolchain } from './host-view.ts';
import { traceName } from './name.ts';
import { platformDirectory } from './rootfs.ts';
import { type RuntimeFiles, runCommand } from './runtime.ts';
import { OciSandbox } from './sandbox.ts';
import { openStreams, type ProcessStreams } from './streams.ts';

const systemPath = '/usr/local/bin:/usr/bin:/bin';

function insidePath(toolchains: readonly Toolchain[]): string {
  const own = toolchains.map(({ executable }) => dirname(executable));
  return [
    ...new Set([...own.filter((path) => path.startsWith('/opt/')), ...systemPath.split(':')]),
  ].join(':');
}

interface Preparation {
  readonly host: OciHost;
  readonly spec: SandboxSpec;
  readonly toolchains: readonly Toolchain[];
  readonly files: RuntimeFiles;
  readonly group: Group;
  readonly firstId: number;
  readonly searchPath: string;
}

function writeBundle(preparation: Preparation): void {
  const { host, spec, toolchains, files, group, firstId, searchPath } = preparation;
  const [program = '', ...args] = spec.template.runner;
  const config = bundleConfig({
    spec,
    runner: [programPath(program, toolchains), ...args],
    searchPath,
    root: host.root,
    binds: [
      ...host.baseBinds,
      ...toolchains.flatMap(({ binds }) => binds),
      { source: host.platformFiles(spec.template.files), destination: platformDirectory },
    ],
    firstId,
    cgroupsPath: host.runtime.startsInGroup ? undefined : group.path,
    arch: process.arch,
  });
  mkdirSync(files.bundle, { mode: 0o711 });
  writeFileSync(join(files.bundle, 'config.json'), JSON.stringify(config));
}

/** Waits for `S` and `R`. Rejects with what the runtime or the runner said instead. */
async function waitUntilReady(
  streams: ProcessStreams,
  files: RuntimeFiles,
  signal: AbortSignal,
  begun: number,
): Promise<DriverPhases> {
  const lost = new AbortController();
  void streams.ended.then(() => lost.abort());
  const until = AbortSignal.any([signal, lost.signal]);
  const times: number[] = [];
  try {
    await streams.launched;
    times.push(performance.now());
    for (const expected of ['S', 'R']) {
      const byte = await nextByte(streams.stdout, until);
      if (byte !== expected)
        throw new PlatformError('internal', `The runner said ${byte} for ${expected}.`);
      times.push(performance.now());
    }
  } catch (thrown) {
    signal.throwIfAborted();
    const log = await readFile(files.log, 'utf8').catch(() => '');
    const stderr: unknown = streams.stderr.read();
    const said =
      `${log} ${stderr instanceof Uint8Array ? Buffer.from(stderr).toString('utf8') : ''}`.trim();
    throw new PlatformError('internal', `The sandbox did not start: ${said || 'it ended early'}`, {
      cause: thrown,
    });
  }
  const [made = begun, started = begun, ready = begun] = times;
  return {
    imagePullMs: 0,
    containerCreateMs: made - begun,
    processStartMs: started - made,
    appInitMs: ready - started,
  };
}

/**
 * Makes a sandbox and waits until it is ready. When it fails or is aborted nothing is left behind;
 * `released` is called when everything of the sandbox is gone.
 */
export async function createSandbox(
  host: OciHost,
  spec: SandboxSpec,
  signal: AbortSignal,
  released: () => void,
): Promise<Sandbox> {
  const begun = performance.now();
  const toolchains = await Promise.all(
    spec.template.toolchains.map((name) => host.toolchain(name)),
  );
  const searchPath = insidePath(toolchains);
  const streams = await openStreams(host.fifos);
  const bundle = join(host.bundles, traceName(spec));
  const files = { id: spec.id, bundle, state: join(bundle, 'state'), log: join(bundle, 'log') };
  const firstId = host.ids.take();
  let group: Group | undefined;
  let launched = false;
  const free = () => {
    host.ids.release(firstId);
    released();
  };
  try {
    signal.throwIfAborted();
    group = await host.groups.create(traceName(spec), spec.limits);
    const made = group;
    writeBundle({ host, spec, toolchains, files, group, firstId, searchPath });
    host.spawner.start(
      streams.launchScript({
        prepare: enterGroup(host, group),
        command: runCommand(host.runtime, files),
        log: files.log,
        announce: 'before',
      }),
    );
    launched = true;
    const phases = await Promise.race([
      waitUntilReady(streams, files, signal, begun),
      host.spawner.failed,
    ]);
    streams.unlink();
    group.setLimits(spec.limits);
    const context = { host, spec, group, files, searchPath };
    return new OciSandbox({
      id: spec.id,
      phases,
      streams,
      group: made,
      bundle,
      exec: (command, serial) => execProgram(context, command, serial),
      released: free,
    });
  } catch (thrown) {
    await discard(streams, group, bundle, launched);
    free();
    throw PlatformError.from(thrown);
  }
}

/** Undoes a creation. A shell that has not entered the group yet fails when it finds it gone. */
async function discard(
  streams: ProcessStreams,
  group: Group | undefined,
  bundle: string,
  launched: boolean,
): Promise<void> {
  let ended = !launched;
  void streams.ended.then(() => {
    ended = true;
  });
  if (group !== undefined) {
    await killGroup(group, () => ended);
    await removeGroupFully(group);
  }
  streams.close();
  await removeDirectory(bundle);
}
