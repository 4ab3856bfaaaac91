// Makes one container and follows it until its runner is ready; leaves nothing behind when that
// fails or nobody wants it any more.
import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { type IsolationLevel, PlatformError } from '@pilotlight/contracts';
import type Docker from 'dockerode';
import type { Container } from 'dockerode';
import type { Capability, SandboxSpec } from '../driver.ts';
import type { NetworkHost } from '../network/network-host.ts';
import { SandboxNetwork } from '../network/sandbox-network.ts';
import { nextByte } from '../next-byte.ts';
import { type CgroupLayout, memoryFiles } from './cgroup-usage.ts';
import { containerOptions } from './container-options.ts';
import { demultiplex, type Outputs } from './demultiplex.ts';
import { openContainerNamespace } from './open-namespace.ts';
import { removeContainer } from './remove-container.ts';
import { DockerSandbox, type Hibernation } from './sandbox.ts';
import { createUsageMeter, type UsageMeter } from './usage-meter.ts';

export interface CreateOptions {
  /** The prepared image, and how long it took to have it. */
  readonly image: string;
  readonly imagePullMs: number;
  /** Undefined where the engine's cgroups cannot be read. */
  readonly layout: CgroupLayout | undefined;
  readonly hibernate: Capability;
  readonly network: NetworkHost;
  readonly runtime: string | undefined;
  /** The engine's processor, as `process.arch` names it. */
  readonly arch: string;
  readonly signal: AbortSignal;
  /** Hears of the sandbox once it has been destroyed. */
  readonly destroyed: (sandbox: DockerSandbox) => void;
}

/** Resolves when the runner is ready. Rejects as `SandboxDriver.create` says. */
export async function createSandbox(
  docker: Docker,
  spec: SandboxSpec,
  options: CreateOptions,
): Promise<DockerSandbox> {
  const nonce = randomBytes(16).toString('hex');
  const called = performance.now();
  const container = await docker.createContainer(containerOptions(spec, { ...options, nonce }));
  let connection: Duplex | undefined;
  try {
    connection = await attach(container);
    const outputs = demultiplex(connection, nonce);
    const meter = createUsageMeter(container, options.layout);
    connection.on('data', () => meter.glance());
    const ended = watchEnd(container, outputs, meter);
    const created = performance.now();
    await container.start();
    await expectByte(outputs, 'S', options.signal);
    const running = performance.now();
    await expectByte(outputs, 'R', options.signal);
    const phases = {
      imagePullMs: options.imagePullMs,
      containerCreateMs: created - called,
      processStartMs: running - created,
      appInitMs: performance.now() - running,
    };
    const { id } = spec;
    const { destroyed } = options;
    const { isolation } = spec.template;
    const parts = {
      id,
      isolation,
      phases,
      container,
      connection,
      outputs,
      meter,
      ended,
      destroyed,
    };
    return new DockerSandbox({
      ...parts,
      network: new SandboxNetwork(options.network, () => openContainerNamespace(container)),
      hibernation: hibernation(container, isolation, options),
    });
  } catch (error) {
    connection?.destroy();
    await removeContainer(container);
    throw error;
  }
}

function hibernation(
  container: Container,
  isolation: IsolationLevel,
  { layout, hibernate }: CreateOptions,
): Hibernation {
  if (isolation === 'gvisor') {
    return { reason: "gVisor's own kernel runs on in a paused container, and needs its memory." };
  }
  if (!hibernate.available) return hibernate;
  if (layout !== undefined) return memoryFiles(layout, container.id);
  return { reason: 'The control groups of the engine cannot be seen from here.' };
}

/** Before the start, so that no byte is missed and stdin is never closed in between. */
function attach(container: Container): Promise<Duplex> {
  return container.attach({
    stream: true,
    stdin: true,
    stdout: true,
    stderr: true,
    hijack: true,
  });
}

/**
 * Registered before the start, with a condition that a container which does not run yet does not
 * fulfil. When the engine is lost its answer is too: then the connection is, and so the container.
 */
async function watchEnd(container: Container, outputs: Outputs, meter: UsageMeter): Promise<void> {
  await container.wait({ condition: 'next-exit' }).catch(() => undefined);
  outputs.drain();
  await meter.finish();
}

async function expectByte(outputs: Outputs, wanted: string, signal: AbortSignal): Promise<void> {
  const byte = await nextByte(outputs.stdout, signal);
  if (byte === wanted) return;
  const complaint: unknown = byte === undefined ? outputs.stderr.read() : undefined;
  const said = complaint instanceof Uint8Array ? complaint.toString().trim().slice(-500) : '';
  throw new PlatformError(
    'internal',
    byte === undefined
      ? `The runner ended before it was ready${said === '' ? '.' : `: ${said}`}`
      : `The runner wrote ${JSON.stringify(byte)} where ${wanted} was expected.`,
  );
}
