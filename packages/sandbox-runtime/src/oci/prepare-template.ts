// Everything that sandboxes of a template need on this host, before the first of them is made.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { PlatformError } from '@pilotlight/contracts';
import type { SandboxTemplate } from '../driver.ts';
import { artefactsDirectory } from '../platform-path.ts';
import { type Listener, Preparations } from '../preparations.ts';
import { sandboxUid } from '../walls.ts';
import { ArtefactCache } from './artefacts/artefact-cache.ts';
import { buildSpec, finishBuild } from './artefacts/build.ts';
import { runOnHost } from './artefacts/host-command.ts';
import { artefactsKey, makeArtefacts } from './artefacts/make-artefacts.ts';
import { createSandbox } from './create-sandbox.ts';
import type { OciHost } from './host.ts';
import { type ReadyTemplate, withToolchains } from './ready-template.ts';

/** Prepares templates of one driver, each once. */
export class TemplatePreparations {
  readonly #host: OciHost;
  readonly #incarnation: string;
  readonly #cache: ArtefactCache;
  readonly #results = new Preparations<ReadyTemplate>();
  readonly #closing = new AbortController();
  readonly #building = new Set<string>();

  constructor(
    host: OciHost,
    { incarnation, cacheDir }: { readonly incarnation: string; readonly cacheDir: string },
  ) {
    this.#host = host;
    this.#incarnation = incarnation;
    this.#cache = new ArtefactCache(join(cacheDir, 'artefacts'));
  }

  /** Rejects with `unavailable` and the reason where the template cannot work on this host. */
  async prepare(template: SandboxTemplate, listener: Listener): Promise<ReadyTemplate> {
    const { toolchains, artefacts, files, env, isolation, name } = template;
    const made = artefacts === undefined ? [] : [name, artefacts, files, env, isolation];
    const key = JSON.stringify([toolchains, made]);
    const get = () => this.#results.get(key, (say) => this.#prepare(template, say), listener);
    const ready = await get();
    if (ready.artefacts === undefined || this.#cache.find(ready.artefacts) !== undefined) {
      return ready;
    }
    // Somebody emptied the cache.
    this.#results.forget(key);
    return get();
  }

  /** Whether this is the id of a sandbox in which something is being built. */
  isBuilding(id: string): boolean {
    return this.#building.has(id);
  }

  /** Gives up what is in hand; resolves once nothing of it is left. */
  async close(): Promise<void> {
    this.#closing.abort(new PlatformError('cancelled', 'The driver is being closed.'));
    await this.#results.settled();
  }

  async #prepare(template: SandboxTemplate, say: (step: string) => void): Promise<ReadyTemplate> {
    const toolchains = await Promise.all(
      template.toolchains.map((name) => this.#host.toolchain(name)),
    );
    const ready = withToolchains(toolchains);
    const { artefacts } = template;
    if (artefacts === undefined) return ready;
    const name = { template: template.name, key: artefactsKey(template, toolchains) };
    const signal = this.#closing.signal;
    const { searchPath } = this.#host;
    const source =
      this.#cache.find(name) ??
      (await this.#cache.make(name, (staging) =>
        makeArtefacts({
          ...{ template, artefacts, staging, searchPath, signal, say },
          build: () => this.#build(template, ready, staging),
        }),
      ));
    await this.#cache.prune(template.name);
    const bind = { source, destination: artefactsDirectory };
    return { ...ready, binds: [...ready.binds, bind], artefacts: name };
  }

  /** What the packages put there may be changed by the build too, as in an image. */
  async #build(template: SandboxTemplate, ready: ReadyTemplate, staging: string): Promise<void> {
    const { signal } = this.#closing;
    const timeoutMs = (template.artefacts?.timeoutSeconds ?? 0) * 1_000;
    const host = this.#host;
    const cpus = availableParallelism();
    const spec = buildSpec(template, { incarnation: this.#incarnation, cpus });
    const bind = { source: staging, destination: artefactsDirectory, isWritable: true };
    this.#building.add(spec.id);
    try {
      const sandbox = await createSandbox(host, spec, {
        ready: { ...ready, binds: [...ready.binds, bind] },
        imagePullMs: 0,
        signal,
        // Only now is it known who the sandbox's user is on the host.
        async beforeStart(firstId) {
          const owner = `${firstId + sandboxUid}`;
          const argv = ['chown', '-hR', `${owner}:${owner}`, staging];
          await runOnHost({ argv, cwd: staging, searchPath: host.searchPath, timeoutMs, signal });
        },
        released: () => this.#building.delete(spec.id),
      });
      await finishBuild(sandbox, { timeoutMs, signal });
    } finally {
      this.#building.delete(spec.id);
    }
  }
}
