// Which version of each thing is the present one. Cached values say of which they were made; when one
// changes, everything made of it is stale at once, in memory and on disk, also after a restart.
import { cacheKey } from '../domain/cache-key.ts';
import type { Dependencies } from './ports.ts';

/** The tag of everything together: changes with each of the others. */
export const catalogueTag = 'catalogue';

/** Present versions by tag. */
export class Versions {
  readonly #byTag = new Map<string, string>();
  readonly #listeners: (() => void)[] = [];
  #all: string | undefined;

  /** An undefined version: the thing is gone. */
  set(tag: string, version: string | undefined): void {
    if (this.#byTag.get(tag) === version) return;
    if (version === undefined) this.#byTag.delete(tag);
    else this.#byTag.set(tag, version);
    this.#all = undefined;
    for (const listener of this.#listeners) listener();
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** To be asked for before a value is made: what changes meanwhile makes it stale. */
  of(tags: readonly string[]): Dependencies {
    return Object.fromEntries(tags.map((tag) => [tag, this.#of(tag)]));
  }

  isStale(dependsOn: Dependencies): boolean {
    return Object.entries(dependsOn).some(([tag, version]) => this.#of(tag) !== version);
  }

  #of(tag: string): string {
    if (tag !== catalogueTag) return this.#byTag.get(tag) ?? '';
    this.#all ??= cacheKey([...this.#byTag].toSorted(([a], [b]) => (a < b ? -1 : 1)));
    return this.#all;
  }
}
