// Packages that come into a sandbox after it has started: the template's deferred ones in the
// background, others when they are asked for. The host makes an archive of each set once; here it is
// unpacked inside, by a command of the sandbox's own.
import { pipeline } from 'node:stream/promises';
import { invalidFields, PlatformError, type Template } from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import type { PackageLayer, PackageSet, Sandbox } from '@pilotlight/sandbox-runtime';
import { nameProblems, unnamed } from '../domain/requested-packages.ts';
import type { Log } from './ports.ts';
import type { SandboxRecord } from './sandbox-record.ts';

/** Where archives of packages come from. */
export interface PackageStore {
  /** Rejects `unavailable` where the packages are not kept here and cannot be fetched. */
  get(set: PackageSet, signal: AbortSignal): Promise<PackageLayer>;
}

export interface PackagesOptions {
  readonly store: PackageStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** What was asked for and was not there. */
export interface Installed {
  readonly installed: readonly string[];
  readonly durationMs: number;
}

/** What one sandbox has, beside what its template brings. */
interface Additions {
  /** Names by layer; a later layer builds on those before. */
  readonly layers: (readonly string[])[];
  /** The last of what is being done; each waits for the one before. Never rejects. */
  turn: Promise<unknown>;
  /** The deferred packages being installed, or installed; undefined where that has not begun or failed. */
  deferred: Promise<void> | undefined;
}

/** How long one that is frozen, or slow, keeps others from their turn in the background. */
const backgroundTurnMs = 60_000;
/** In the background, what could not be fetched is not tried again sooner for another sandbox. */
const retryMs = 60_000;

export class Packages {
  readonly #options: PackagesOptions;
  readonly #additions = new WeakMap<SandboxRecord, Additions>();
  readonly #waiting: SandboxRecord[] = [];
  /** By template. */
  readonly #retryAtMs = new Map<string, number>();
  #isBusy = false;

  constructor(options: PackagesOptions) {
    this.#options = options;
  }

  /** Has the deferred packages of a sandbox that is ready installed in the background, in its turn. */
  begin(record: SandboxRecord): void {
    if ((record.template.packages?.deferred ?? []).length === 0) return;
    record.deferredPackages = 'pending';
    this.#waiting.push(record);
    void this.#next();
  }

  /**
   * Has the deferred packages installed now. Resolves when they are there; rejects as the store does,
   * and then another call tries again.
   */
  async installDeferred(record: SandboxRecord, signal: AbortSignal): Promise<Installed> {
    const deferred = record.template.packages?.deferred ?? [];
    const begunMs = this.#options.clock.monotonicMs();
    const wasThere = record.deferredPackages === 'installed' || deferred.length === 0;
    if (!wasThere) await unlessAborted(this.#deferred(record), signal);
    return {
      installed: wasThere ? [] : deferred,
      durationMs: this.#options.clock.monotonicMs() - begunMs,
    };
  }

  /**
   * Installs what the template names and is not there yet. Rejects `invalid_argument` for what is no
   * name, `permission_denied` for what the template does not name, `unavailable` where it cannot be
   * fetched; then nothing was installed.
   */
  async install(
    record: SandboxRecord,
    packages: readonly string[],
    signal: AbortSignal,
  ): Promise<Installed> {
    const { template } = record;
    const wanted = checked(template, packages);
    const begunMs = this.#options.clock.monotonicMs();
    const before = await this.#deferredIfPossible(record, signal);
    const installed = await unlessAborted(
      this.#inTurn(record, (additions) => this.#add(record, additions, wanted)),
      signal,
    );
    const all = [...before.filter((name) => wanted.includes(name)), ...installed];
    return { installed: all, durationMs: this.#options.clock.monotonicMs() - begunMs };
  }

  /** What is asked for goes on top of them; where they cannot be had it goes without. */
  async #deferredIfPossible(
    record: SandboxRecord,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    try {
      return (await this.installDeferred(record, signal)).installed;
    } catch (thrown) {
      const error = PlatformError.from(thrown);
      if (error.code !== 'unavailable' || signal.aborted) throw error;
      return [];
    }
  }

  async #next(): Promise<void> {
    if (this.#isBusy) return;
    const record = this.#waiting.shift();
    if (record === undefined) return;
    const { clock } = this.#options;
    if ((this.#retryAtMs.get(record.template.name) ?? 0) > clock.monotonicMs()) {
      record.deferredPackages = 'failed';
      void this.#next();
      return;
    }
    this.#isBusy = true;
    const { promise: enough, resolve } = Promise.withResolvers<void>();
    const cancel = clock.after(backgroundTurnMs, resolve);
    const work = isOver(record) ? undefined : this.#deferred(record);
    // Told by the sandbox's state; whoever waits for it hears of it too.
    await Promise.race([work?.catch(() => undefined), enough]);
    cancel();
    this.#isBusy = false;
    void this.#next();
  }

  #deferred(record: SandboxRecord): Promise<void> {
    const additions = this.#of(record);
    additions.deferred ??= this.#installDeferred(record, additions);
    return additions.deferred;
  }

  async #installDeferred(record: SandboxRecord, additions: Additions): Promise<void> {
    record.deferredPackages = 'pending';
    const { deferred = [] } = record.template.packages ?? {};
    try {
      await this.#inTurn(record, () => this.#add(record, additions, deferred));
      record.deferredPackages = 'installed';
    } catch (thrown) {
      additions.deferred = undefined;
      record.deferredPackages = 'failed';
      if (!isOver(record)) this.#missing(record, PlatformError.from(thrown).message);
      throw thrown;
    }
  }

  #missing({ id, template }: SandboxRecord, problem: string): void {
    const { clock, log } = this.#options;
    this.#retryAtMs.set(template.name, clock.monotonicMs() + retryMs);
    log.warn({ sandbox: id, problem }, 'deferred packages are missing');
  }

  /** One thing at a time in each sandbox: layers build on each other. */
  #inTurn<T>(record: SandboxRecord, work: (additions: Additions) => Promise<T>): Promise<T> {
    const additions = this.#of(record);
    const turn = additions.turn.then(() => work(additions));
    additions.turn = turn.catch(() => undefined);
    return turn;
  }

  /** Returns the names that were not there. */
  async #add(
    record: SandboxRecord,
    additions: Additions,
    names: readonly string[],
  ): Promise<readonly string[]> {
    const { template, sandbox } = record;
    const there = [...(template.packages?.critical ?? []), ...additions.layers.flat()];
    const missing = [...new Set(names)].filter((name) => !there.includes(name)).toSorted();
    if (missing.length === 0) return [];
    if (sandbox === undefined || isOver(record)) throw gone(record);
    const layers = [...additions.layers, missing];
    const { promise: ended, reject } = Promise.withResolvers<never>();
    ended.catch(() => undefined);
    void sandbox.ended.then(() => reject(gone(record)));
    const over = new AbortController();
    const work = this.#options.store
      .get(packageSet(template, layers), over.signal)
      .then((layer) => unpack(sandbox, layer));
    try {
      await Promise.race([work, ended]);
    } finally {
      over.abort();
      work.catch(() => undefined);
    }
    additions.layers.push(missing);
    return missing;
  }

  #of(record: SandboxRecord): Additions {
    const known = this.#additions.get(record);
    if (known !== undefined) return known;
    const additions: Additions = { layers: [], turn: Promise.resolve(), deferred: undefined };
    this.#additions.set(record, additions);
    return additions;
  }
}

function checked(template: Template, packages: readonly string[]): readonly string[] {
  const named = template.packages;
  if (named === undefined) {
    throw new PlatformError('permission_denied', `${template.name} names no packages to install`);
  }
  const problems = nameProblems(named.installer, packages);
  if (problems.length > 0) throw invalidFields(problems);
  const others = unnamed(named, packages);
  if (others.length === 0) return packages;
  const known = [...named.deferred, ...named.on_demand].join(', ') || 'none';
  const problem = `${template.name} does not name ${others.join(', ')}; it names ${known}`;
  throw new PlatformError('permission_denied', `packages: ${problem}`, {
    details: [{ field: 'packages', problem }],
  });
}

function packageSet(template: Template, layers: PackageSet['layers']): PackageSet {
  const { name, packages, artefacts, files } = template;
  const folder = artefacts?.npm;
  const content = (file: string) =>
    files.find(({ path }) => path === `/pilotlight/${folder}/${file}`)?.content ?? '';
  return {
    template: name,
    installer: packages?.installer ?? 'npm',
    ...(folder !== undefined && {
      manifest: {
        packageJson: content('package.json'),
        packageLock: content('package-lock.json'),
      },
    }),
    layers,
  };
}

/** Never by a path from outside: a command inside writes, with no more rights than its programs. */
async function unpack(sandbox: Sandbox, layer: PackageLayer): Promise<void> {
  const program = await sandbox.exec({ argv: ['tar', '-xf', '-', '-C', '/workspace'] });
  program.stdout.resume();
  let said = '';
  program.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-500);
  });
  // A command that ends without reading everything tells why by its exit.
  await pipeline(layer.archive(), program.stdin).catch(() => undefined);
  const exit = await program.exit;
  if (exit.kind === 'exited' && exit.code === 0) return;
  throw new PlatformError('failed_precondition', `The packages cannot be unpacked: ${said.trim()}`);
}

function isOver({ state }: SandboxRecord): boolean {
  return state === 'stopping' || state === 'stopped' || state === 'failed';
}

function gone({ id }: SandboxRecord): PlatformError {
  return new PlatformError('not_found', `sandbox ${id} has ended`);
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(PlatformError.from(signal.reason));
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
    work.catch(() => undefined);
  }
}
