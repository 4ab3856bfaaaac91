// The template catalogue as the pool-manager publishes it, and the policies of its pools: what there is
// to be asked for, and since when what was cached of it is stale.
import { createHash } from 'node:crypto';
import { findTemplate, PlatformError, parseJsonObject, type Template } from '@pilotlight/contracts';
import { type Clock, pause } from '@pilotlight/lifecycle';
import type { KeyValue, KeyValueChange } from '@pilotlight/messaging';
import type { CacheLog } from './ports.ts';
import type { Versions } from './versions.ts';

const rewatchAfterMs = 500;

export const templateTag = (template: string) => `template:${template}`;
export const policyTag = (template: string) => `policy:${template}`;

/** A gateway's view of it. */
export class Catalogue {
  readonly #clock: Clock;
  readonly #versions: Versions;
  readonly #templates = new Map<string, Template>();
  readonly #caughtUp = {
    templates: Promise.withResolvers<void>(),
    policies: Promise.withResolvers<void>(),
  };

  constructor(clock: Clock, versions: Versions) {
    this.#clock = clock;
    this.#versions = versions;
  }

  /** Resolves when everything that was there is known. */
  get ready(): Promise<unknown> {
    const { templates, policies } = this.#caughtUp;
    return Promise.all([templates.promise, policies.promise]);
  }

  /** Sorted by name. */
  get templates(): readonly Template[] {
    return [...this.#templates.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** What a name, a language or an alias means. */
  find(wanted: string): Template | undefined {
    return findTemplate(this.#templates.values(), wanted);
  }

  /** Follows both buckets until the signal aborts; a watch that breaks is begun anew. Never rejects. */
  async follow(
    buckets: { readonly templates: KeyValue; readonly policies: KeyValue },
    signal: AbortSignal,
    log: CacheLog,
  ): Promise<void> {
    const take = (change: KeyValueChange) => this.#takeTemplate(change, log);
    await Promise.all([
      this.#watch(buckets.templates, take, signal, log),
      this.#watch(buckets.policies, (change) => this.#takePolicy(change), signal, log),
    ]);
  }

  async #watch(
    bucket: KeyValue,
    take: (change: KeyValueChange) => void,
    signal: AbortSignal,
    log: CacheLog,
  ): Promise<void> {
    while (!signal.aborted) {
      try {
        for await (const change of bucket.watch(signal)) take(change);
      } catch (thrown) {
        if (!signal.aborted)
          log.warn({ err: PlatformError.from(thrown) }, 'catalogue: watch broke');
      }
      await pause(this.#clock, rewatchAfterMs, signal);
    }
  }

  #takeTemplate(change: KeyValueChange, log: CacheLog): void {
    if (change.kind === 'caught_up') {
      this.#caughtUp.templates.resolve();
      return;
    }
    if (change.kind === 'removed') {
      this.#templates.delete(change.key);
      this.#versions.set(templateTag(change.key), undefined);
      return;
    }
    const { key, value } = change.entry;
    try {
      const template: object = parseJsonObject(value);
      if (!isTemplate(template)) throw new PlatformError('invalid_argument', `${key}: no template`);
      this.#templates.set(key, template);
      this.#versions.set(templateTag(key), revisionOf(value));
    } catch (thrown) {
      log.warn({ err: PlatformError.from(thrown) }, 'catalogue: an entry cannot be read');
    }
  }

  #takePolicy(change: KeyValueChange): void {
    if (change.kind === 'put') {
      this.#versions.set(policyTag(change.entry.key), revisionOf(change.entry.value));
    } else if (change.kind === 'removed') {
      this.#versions.set(policyTag(change.key), undefined);
    } else {
      this.#caughtUp.policies.resolve();
    }
  }
}

/** The same definition is the same revision, whoever publishes it when. */
function revisionOf(value: Uint8Array): string {
  return createHash('sha256').update(value).digest('hex').slice(0, 12);
}

function isTemplate(value: object): value is Template {
  const { name, aliases } = value as Partial<Template>;
  return typeof name === 'string' && Array.isArray(aliases);
}
