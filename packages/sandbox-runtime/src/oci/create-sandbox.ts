// Makes one sandbox: control group, bundle, runtime; then waits for its init and its runner.
import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PlatformError } from '@pilotlight/contracts';
import type { DriverPhases, Sandbox, SandboxSpec } from '../driver.ts';
import { SandboxNetwork } from '../network/sandbox-network.ts';
import { nextByte } from '../next-byte.ts';
import { platformDirectory } from '../platform-path.ts';
import { ownGroup } from '../signal-program.ts';
import { bundleConfig } from './bundle.ts';
import type { Group, GroupLimits } from './cgroup.ts';
import { killGroup, removeDirectory, removeGroupFully } from './dispose.ts';
import { execProgram } from './exec-program.ts';
import { gvisorLimits, runtimeFor } from './gvisor.ts';
import { enterGroup, type OciHost, programPath } from './host.ts';
import { traceName } from './name.ts';
import { openSandboxNamespace } from './open-namespace.ts';
import type { ReadyTemplate } from './ready-template.ts';
import { type Runtime, type RuntimeFiles, runCommand } from './runtime.ts';
import { OciSandbox } from './sandbox.ts';
import { openStreams, type ProcessStreams } from './streams.ts';

export interface CreateOptions {
  /** What was found and made for the template, and how long this creation waited for it. */
  readonly ready: ReadyTemplate;
  readonly imagePullMs: number;
  readonly signal: AbortSignal;
  /** Awaited before anything starts, with the first id of the sandbox's range on the host. */
  readonly beforeStart?: (firstId: number) => Promise<void>;
  /** Called when everything of the sandbox is gone. */
  readonly released: () => void;
}

interface Preparation {
  readonly host: OciHost;
  readonly spec: SandboxSpec;
  readonly ready: ReadyTemplate;
  readonly files: RuntimeFiles;
  readonly group: Group;
  readonly firstId: number;
  readonly runtime: Runtime;
}

function writeBundle(preparation: Preparation): void {
  const { host, spec, ready, files, group, firstId, runtime } = preparation;
  const [program = '', ...args] = spec.template.runner;
  const config = bundleConfig({
    spec,
    runner: [
      ...(runtime.isGvisor ? ownGroup : []),
      programPath(program, ready.toolchains),
      ...args,
    ],
    searchPath: ready.searchPath,
    root: host.root,
    binds: [
      ...host.baseBinds,
      ...ready.binds,
      { source: host.platformFiles(spec.template.files), destination: platformDirectory },
    ],
    firstId,
    isGvisor: runtime.isGvisor,
    cgroupsPath: runtime.startsInGroup ? undefined : group.path,
    arch: process.arch,
  });
  mkdirSync(files.bundle, { mode: 0o711 });
  writeFileSync(join(files.bundle, 'config.json'), JSON.stringify(config));
}

/** Waits for `S` and `R`. Rejects with what the runtime or the runner said instead. */
async function waitUntilReady(
  streams: ProcessStreams,
  files: RuntimeFiles,
  { signal, imagePullMs }: CreateOptions,
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
    imagePullMs,
    containerCreateMs: made - begun,
    processStartMs: started - made,
    appInitMs: ready - started,
  };
}

/** Makes a sandbox and waits until it is ready. When it fails or is aborted nothing is left behind. */
export async function createSandbox(
  host: OciHost,
  spec: SandboxSpec,
  options: CreateOptions,
): Promise<Sandbox> {
  const begun = performance.now();
  const runtime = runtimeFor(host, spec.template.isolation);
  const { ready, signal } = options;
  const { searchPath } = ready;
  const streams = await openStreams(host.fifos);
  const bundle = join(host.bundles, traceName(spec));
  const at = (name: string) => join(bundle, name);
  const files = { id: spec.id, bundle, state: at('state'), log: at('log'), pid: at('pid') };
  const firstId = host.ids.take();
  let group: Group | undefined;
  let launched = false;
  const free = () => {
    host.ids.release(firstId);
    options.released();
  };
  try {
    signal.throwIfAborted();
    const toHold = runtime.isGvisor ? gvisorLimits : (limits: GroupLimits) => limits;
    group = await host.groups.create(traceName(spec), toHold(spec.limits));
    const made = group;
    writeBundle({ host, spec, ready, files, group, firstId, runtime });
    await options.beforeStart?.(firstId);
    host.spawner.start(
      streams.launchScript({
        prepare: enterGroup(runtime, group),
        command: runCommand(runtime, files),
        log: files.log,
        announce: 'before',
      }),
    );
    launched = true;
    const phases = await Promise.race([
      waitUntilReady(streams, files, options, begun),
      host.spawner.failed,
    ]);
    streams.unlink();
    group.setLimits(toHold(spec.limits));
    let execs = 0;
    const nextSerial = () => execs++;
    const context = { host, spec, group, runtime, files, searchPath, nextSerial };
    return new OciSandbox({
      id: spec.id,
      phases,
      streams,
      group: made,
      toHold,
      network: new SandboxNetwork(host.network, async () => openSandboxNamespace(files.pid, made)),
      hibernation: host.hibernation,
      bundle,
      isGvisor: runtime.isGvisor,
      exec: (command) => execProgram(context, command),
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
