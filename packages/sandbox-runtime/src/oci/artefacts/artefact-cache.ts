// The folder in which artefacts are kept between lives, shared by all nodes of a host. An entry appears
// by being renamed, so one that is found is whole, and of two that were made at once either is right.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../cgroup-files.ts';

const hour = 3_600_000;
/** An entry that nobody asked for during so long is in no sandbox: none lives for two days. */
const idleMs = 48 * hour;
/** How often the time of an entry in use is written down. */
const touchMs = hour;
/** What is being made is whole or given up by then: its steps have ten minutes each at most. */
const abandonedMs = 2 * hour;
/** Of each template, so that going back to the version before costs nothing. */
const keptEntries = 2;

const keyPattern = /^[0-9a-f]{16}$/;

/** One template's artefacts, made of what the key stands for. */
export interface ArtefactName {
  readonly template: string;
  /** Sixteen hexadecimal digits. */
  readonly key: string;
}

export class ArtefactCache {
  readonly #directory: string;
  readonly #mine = new Set<string>();
  readonly #touchedAt = new Map<string, number>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The folder of these artefacts, which from now on counts as in use; undefined if there is none. */
  find({ template, key }: ArtefactName): string | undefined {
    const name = `${template}-${key}`;
    const path = join(this.#directory, name);
    if (!existsSync(path)) return undefined;
    this.#touch(name, path);
    this.#mine.add(name);
    return path;
  }

  /** Has `fill` fill a new folder, and keeps it if that succeeds; else nothing of it is left. */
  async make(name: ArtefactName, fill: (staging: string) => Promise<void>): Promise<string> {
    mkdirSync(this.#directory, { recursive: true, mode: 0o755 });
    const path = join(this.#directory, `${name.template}-${name.key}`);
    const staging = `${path}.${randomBytes(4).toString('hex')}.tmp`;
    mkdirSync(staging, { mode: 0o755 });
    try {
      await fill(staging);
      await rename(staging, path);
    } catch (thrown) {
      await rm(staging, { recursive: true, force: true });
      // Another node was quicker.
      if (!hasCode(thrown, 'ENOTEMPTY', 'EEXIST')) throw thrown;
    }
    this.#mine.add(`${name.template}-${name.key}`);
    return path;
  }

  /** Removes old entries of a template, and what an executor that was killed left unfinished. */
  async prune(template: string, now = Date.now()): Promise<void> {
    if (!existsSync(this.#directory)) return;
    const entries = readdirSync(this.#directory)
      .filter((name) => name.startsWith(`${template}-`))
      .map((name) => ({ name, usedAt: this.#usedAt(name) }))
      .sort((a, b) => b.usedAt - a.usedAt);
    const whole = entries.filter(({ name }) => keyPattern.test(name.slice(template.length + 1)));
    const old = whole
      .slice(keptEntries)
      .filter(({ name, usedAt }) => !this.#mine.has(name) && now - usedAt > idleMs);
    const unfinished = entries.filter(
      ({ name, usedAt }) => name.endsWith('.tmp') && now - usedAt > abandonedMs,
    );
    for (const { name } of [...old, ...unfinished]) {
      // First out of sight, because removing takes a while.
      const gone = join(this.#directory, `.${name}.${randomBytes(4).toString('hex')}`);
      await rename(join(this.#directory, name), gone);
      await rm(gone, { recursive: true, force: true });
    }
  }

  #usedAt(name: string): number {
    return statSync(join(this.#directory, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  }

  #touch(name: string, path: string): void {
    const now = Date.now();
    if (now - (this.#touchedAt.get(name) ?? 0) < touchMs) return;
    this.#touchedAt.set(name, now);
    utimesSync(path, now / 1_000, now / 1_000);
  }
}
