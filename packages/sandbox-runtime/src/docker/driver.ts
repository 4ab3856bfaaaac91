// Sandboxes as containers of a Docker engine, through its API. Loaded only when chosen: importing
// dockerode alone takes a third of a second.
/// <reference path="./dockerode.d.ts" />
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PlatformError } from '@pilotlight/contracts';
import Docker from 'dockerode';
import type {
  Capability,
  DriverCapabilities,
  PreparedTemplate,
  SandboxDriver,
  SandboxSpec,
  SandboxTrace,
} from '../driver.ts';
import { type NetworkHost, openNetworkHost } from '../network/network-host.ts';
import { type Listener, Preparations } from '../preparations.ts';
import type { CgroupLayout } from './cgroup-usage.ts';
import { containerName, incarnationLabel, sandboxLabel } from './container-options.ts';
import { createSandbox } from './create-sandbox.ts';
import { engineConnection } from './engine-connection.ts';
import { engineFault, engineStatus } from './engine-error.ts';
import { probeGvisor } from './gvisor.ts';
import { type PreparedImage, prepareImage } from './prepare-image.ts';
import { probeEngine } from './probe-engine.ts';
import { removeContainer } from './remove-container.ts';
import type { DockerSandbox } from './sandbox.ts';

export interface DockerDriverOptions {
  /** `unix:///path` or `tcp://host:port`; default the usual socket. */
  readonly host?: string;
  /** OCI runtime registered with the engine, such as `crun` or `runsc`; default the engine's. */
  readonly runtime?: string;
  /** Absolute path of a folder that only this driver uses; default one in the temporary folder. */
  readonly stateDir?: string;
  /** An image with a POSIX shell, in which limits are tried once at the start. */
  readonly probeImage?: string;
}

/**
 * Connects to the engine and tries in one container what it can do, which takes about half a
 * second. Rejects with `unavailable` and the reason when there is no engine, or no image.
 */
export async function createDockerDriver(
  options: DockerDriverOptions = {},
): Promise<SandboxDriver> {
  const docker = new Docker(engineConnection(options.host ?? 'unix:///var/run/docker.sock'));
  const probed = await probeEngine(docker, {
    image: options.probeImage ?? 'pilotlight/base',
    runtime: options.runtime,
  });
  const folder = options.stateDir ?? join(tmpdir(), `pilotlight-docker-${randomUUID()}`);
  const network = openNetworkHost(join(folder, 'network'), probed.capabilities.ports);
  const [ports, egress] = await Promise.all([network.ports, network.egress]);
  const { layout, arch } = probed;
  const { hibernate } = probed.capabilities;
  return new DockerDriver(
    docker,
    { ...probed.capabilities, ports, egress },
    { layout, arch, hibernate, network, folder, runtime: options.runtime },
  );
}

interface Settings {
  readonly layout: CgroupLayout | undefined;
  readonly runtime: string | undefined;
  readonly arch: string;
  readonly hibernate: Capability;
  readonly network: NetworkHost;
  readonly folder: string;
}

class DockerDriver implements SandboxDriver {
  readonly name = 'docker';
  readonly capabilities: DriverCapabilities;
  readonly #docker: Docker;
  readonly #settings: Settings;
  readonly #present = new Map<string, DockerSandbox>();
  readonly #images = new Preparations<PreparedImage>();
  readonly #gvisor = new Preparations<void>();

  constructor(docker: Docker, capabilities: DriverCapabilities, settings: Settings) {
    this.#docker = docker;
    this.capabilities = capabilities;
    this.#settings = settings;
  }

  async prepare(template: SandboxSpec['template'], listener: Listener): Promise<PreparedTemplate> {
    const called = performance.now();
    try {
      const { name, version } = await this.#image(template, listener);
      await this.#demandIsolation(template, name, listener);
      return { version, imagePullMs: performance.now() - called };
    } catch (error) {
      throw listener.signal.aborted ? PlatformError.from(error) : engineFault(error);
    }
  }

  async create(spec: SandboxSpec, signal: AbortSignal): Promise<DockerSandbox> {
    try {
      signal.throwIfAborted();
      const called = performance.now();
      const { name } = await this.#image(spec.template, { signal });
      await this.#demandIsolation(spec.template, name, { signal });
      const sandbox = await createSandbox(this.#docker, spec, {
        ...this.#settings,
        image: name,
        imagePullMs: performance.now() - called,
        signal,
        destroyed: (gone) => this.#present.delete(gone.id),
      });
      this.#present.set(sandbox.id, sandbox);
      return sandbox;
    } catch (error) {
      // Somebody removed the image: the next call looks again.
      if (engineStatus(error) === 404) this.#images.clear();
      if (!signal.aborted) throw engineFault(error);
      throw new PlatformError('cancelled', 'Nobody wants the sandbox any more.', { cause: error });
    }
  }

  async list(): Promise<readonly SandboxTrace[]> {
    const filters = { label: [sandboxLabel] };
    const found = await this.#docker
      .listContainers({ all: true, filters })
      .catch((error: unknown) => Promise.reject(engineFault(error)));
    return found.map(({ Labels }) => ({
      id: Labels[sandboxLabel] ?? '',
      incarnation: Labels[incarnationLabel] ?? '',
    }));
  }

  async remove(id: string): Promise<void> {
    const own = this.#present.get(id);
    if (own !== undefined) return own.destroy();
    await removeContainer(this.#docker.getContainer(containerName(id)));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#present.values()].map((sandbox) => sandbox.destroy()));
    this.#settings.network.close();
    rmSync(this.#settings.folder, { recursive: true, force: true });
  }

  /** Whether gVisor works is only asked where a template wants it. */
  async #demandIsolation(
    template: SandboxSpec['template'],
    image: string,
    listener: Listener,
  ): Promise<void> {
    const { gvisor } = this.capabilities;
    if (template.isolation === 'default') return;
    if (!gvisor.available) throw new PlatformError('unavailable', gvisor.reason);
    await this.#gvisor.get('works', () => probeGvisor(this.#docker, image), listener);
  }

  /** Looked up once for each template; one that failed is tried again. */
  #image(template: SandboxSpec['template'], listener: Listener): Promise<PreparedImage> {
    const key = JSON.stringify([template.image, template.files]);
    return this.#images.get(key, (say) => prepareImage(this.#docker, template, say), listener);
  }
}
