// Sandboxes as containers of a Docker engine, through its API. Loaded only when chosen: importing
// dockerode alone takes a third of a second.
/// <reference path="./dockerode.d.ts" />
import { PlatformError } from '@pilotlight/contracts';
import Docker from 'dockerode';
import type { DriverCapabilities, SandboxDriver, SandboxSpec, SandboxTrace } from '../driver.ts';
import type { CgroupLayout } from './cgroup-usage.ts';
import { containerName, incarnationLabel, sandboxLabel } from './container-options.ts';
import { createSandbox } from './create-sandbox.ts';
import { engineFault, engineStatus } from './engine-error.ts';
import { prepareImage } from './prepare-image.ts';
import { probeEngine } from './probe-engine.ts';
import { removeContainer } from './remove-container.ts';
import type { DockerSandbox } from './sandbox.ts';

export interface DockerDriverOptions {
  /** `unix:///path` or `tcp://host:port`; default the usual socket. */
  readonly host?: string;
  /** OCI runtime registered with the engine, such as `crun` or `runsc`; default the engine's. */
  readonly runtime?: string;
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
  const docker = new Docker(connection(options.host ?? 'unix:///var/run/docker.sock'));
  const { capabilities, layout, seccomp } = await probeEngine(docker, {
    image: options.probeImage ?? 'pilotlight/base',
    runtime: options.runtime,
  });
  const { runtime } = options;
  return new DockerDriver(docker, capabilities, { layout, seccomp, runtime });
}

function connection(host: string): Readonly<Record<string, unknown>> {
  const url = new URL(host);
  if (url.protocol === 'unix:') return { socketPath: url.pathname };
  return { protocol: 'http', host: url.hostname, port: Number(url.port || 2375) };
}

/** Stops waiting, not the work, which others may wait for too. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

interface Settings {
  readonly layout: CgroupLayout | undefined;
  readonly runtime: string | undefined;
  readonly seccomp: string | undefined;
}

class DockerDriver implements SandboxDriver {
  readonly name = 'docker';
  readonly capabilities: DriverCapabilities;
  readonly #docker: Docker;
  readonly #settings: Settings;
  readonly #present = new Map<string, DockerSandbox>();
  readonly #images = new Map<string, Promise<string>>();

  constructor(docker: Docker, capabilities: DriverCapabilities, settings: Settings) {
    this.#docker = docker;
    this.capabilities = capabilities;
    this.#settings = settings;
  }

  async create(spec: SandboxSpec, signal: AbortSignal): Promise<DockerSandbox> {
    try {
      signal.throwIfAborted();
      const called = performance.now();
      const image = await unlessAborted(this.#prepared(spec.template), signal);
      const sandbox = await createSandbox(this.#docker, spec, {
        ...this.#settings,
        image,
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
  }

  /** Looked up once for each template; one that failed is tried again. */
  #prepared(template: SandboxSpec['template']): Promise<string> {
    const key = JSON.stringify([template.image, template.files]);
    const known = this.#images.get(key);
    if (known !== undefined) return known;
    const image = prepareImage(this.#docker, template);
    this.#images.set(key, image);
    image.catch(() => this.#images.delete(key));
    return image;
  }
}
