// Packages that are added to sandboxes after their start, made once on the host and kept: an archive
// for each set, by what it is made of. Only making one needs the network.
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { PlatformError } from '@pilotlight/contracts';
import { ArtefactCache } from '../oci/artefacts/artefact-cache.ts';
import { runOnHost } from '../oci/artefacts/host-command.ts';
import { Preparations } from '../preparations.ts';
import { makeDebianLayer } from './debian-layer.ts';
import { emptyManifest, makeNpmLayer, type NpmManifest } from './npm-layer.ts';

/** Changes when layers are made in another way. */
const method = 1;
const timeoutMs = 600_000;
const archiveName = 'layer.tar';

/** Packages on top of what a template, and the layers before, bring. */
export interface PackageSet {
  /** For the folder's name. */
  readonly template: string;
  readonly installer: 'npm' | 'debian';
  /** npm: what the template installs. */
  readonly manifest?: NpmManifest;
  /** Names, by layer from the first on; this is the last one's. */
  readonly layers: readonly (readonly string[])[];
}

export interface PackageLayer {
  readonly bytes: number;
  /** A tar archive to be unpacked in /workspace; nothing in it is in an earlier layer. */
  archive(): Readable;
}

export interface PackageLayersOptions {
  readonly directory: string;
  /** Where npm, apt-get and tar are found. */
  readonly searchPath: string;
}

export class PackageLayers {
  readonly #options: PackageLayersOptions;
  readonly #cache: ArtefactCache;
  readonly #making = new Preparations<string>();
  readonly #closing = new AbortController();

  constructor(options: PackageLayersOptions) {
    this.#options = options;
    this.#cache = new ArtefactCache(options.directory);
  }

  /**
   * Simultaneous calls for one set share the work. Rejects `unavailable` with what the installer
   * said where the set is not kept and cannot be made, such as without a network.
   */
  async get(set: PackageSet, signal: AbortSignal): Promise<PackageLayer> {
    const folder = await this.#folderOf(set, signal);
    const archive = join(folder, archiveName);
    return { bytes: statSync(archive).size, archive: () => createReadStream(archive) };
  }

  /** Ends what is being made; nothing of it is left. */
  close(): void {
    this.#closing.abort(new PlatformError('cancelled', 'this node is draining'));
  }

  async #folderOf(set: PackageSet, signal: AbortSignal): Promise<string> {
    const key = keyOf(set);
    const name = { template: set.template, key };
    const kept = this.#cache.find(name);
    if (kept !== undefined) return kept;
    const make = () => this.#cache.make(name, (target) => this.#fill(set, target));
    const made = await this.#making.get(key, make, { signal });
    await this.#cache.prune(set.template);
    return made;
  }

  /** Not ended with one caller, because others may wait for it too. */
  async #fill(set: PackageSet, target: string): Promise<void> {
    const { searchPath } = this.#options;
    const { signal } = this.#closing;
    const run = (argv: readonly string[], cwd: string) =>
      runOnHost({ argv, cwd, searchPath, timeoutMs, signal });
    const packages = set.layers.at(-1) ?? [];
    const paths =
      set.installer === 'npm'
        ? await makeNpmLayer({ base: await this.#baseOf(set, signal), packages, target, run })
        : await makeDebianLayer({ packages, target, run });
    writeFileSync(join(target, 'paths'), paths.map((path) => `${path}\n`).join(''));
    const owner = ['--owner=0', '--group=0', '--numeric-owner'];
    const what = ['--directory=files', '--no-recursion', '--files-from=paths.all'];
    await run(['sh', '-c', listAll], target);
    await run(['tar', '--create', `--file=${archiveName}`, ...owner, ...what], target);
    await run(['rm', '-rf', 'files', 'paths', 'paths.all'], target);
  }

  /** The manifest that the layer before left behind. */
  async #baseOf(set: PackageSet, signal: AbortSignal): Promise<NpmManifest> {
    if (set.layers.length <= 1) return set.manifest ?? emptyManifest;
    const before = await this.#folderOf({ ...set, layers: set.layers.slice(0, -1) }, signal);
    const read = (name: string) => readFileSync(join(before, name), 'utf8');
    return { packageJson: read('package.json'), packageLock: read('package-lock.json') };
  }
}

/** Everything below the new paths, but no folder that may be there already. */
const listAll =
  'cd files && while IFS= read -r path; do find "$path"; done <../paths >../paths.all';

function keyOf({ installer, manifest, layers }: PackageSet): string {
  const ingredients = [method, process.arch, installer, manifest ?? null, layers];
  return createHash('sha256').update(JSON.stringify(ingredients)).digest('hex').slice(0, 16);
}
