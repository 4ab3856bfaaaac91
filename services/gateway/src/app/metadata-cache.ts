// Answers that many callers get alike: what is asked for again within a short while is answered from
// memory, and what is asked for at the same time is asked once.
import { cacheKey } from '../domain/cache-key.ts';
import type { SegmentCache } from './segment-cache.ts';
import type { Versions } from './versions.ts';

/** One question, and how to get its answer. */
export interface Question<T> {
  /** Everything that the answer depends on, the caller's tenant included where it does. */
  readonly of: readonly unknown[];
  readonly ttlMs: number;
  /** What makes the answer stale when it changes. */
  readonly tags: readonly string[];
  /** Its answer is JSON. */
  load(): Promise<T>;
}

/** Refreshing holds on to questions; more than a dashboard asks are not worth it. */
const maxRemembered = 500;

export class MetadataCache {
  readonly #segment: SegmentCache;
  readonly #versions: Versions;
  readonly #loading = new Map<string, Promise<unknown>>();
  readonly #asked = new Map<string, Question<unknown>>();

  constructor(segment: SegmentCache, versions: Versions) {
    this.#segment = segment;
    this.#versions = versions;
  }

  /** Rejects with what `load` rejects with, which is kept for nobody. */
  async answer<T>(question: Question<T>): Promise<T> {
    const key = cacheKey(question.of);
    const known = this.#segment.get(key, (json) => ({ json }));
    if (known !== undefined) return known.json as T;
    return this.#load(key, question);
  }

  /** Asks again what is looked up often and would expire within so long. */
  async refresh(withinMs: number): Promise<void> {
    for (const key of [...this.#segment.expiringHot(withinMs)]) {
      const question = this.#asked.get(key);
      if (question === undefined) continue;
      try {
        await this.#load(key, question);
      } catch {
        // Whoever asks next is told why.
        this.#asked.delete(key);
      }
    }
  }

  #load<T>(key: string, question: Question<T>): Promise<T> {
    const known = this.#loading.get(key);
    if (known !== undefined) return known as Promise<T>;
    const dependsOn = this.#versions.of(question.tags);
    const loading = question
      .load()
      .then((json) => {
        this.#segment.put(key, json, { ttlMs: question.ttlMs, dependsOn });
        this.#remember(key, question);
        return json;
      })
      .finally(() => this.#loading.delete(key));
    this.#loading.set(key, loading);
    return loading;
  }

  #remember(key: string, question: Question<unknown>): void {
    this.#asked.delete(key);
    this.#asked.set(key, question);
    const oldest = this.#asked.keys().next().value;
    if (this.#asked.size > maxRemembered && oldest !== undefined) this.#asked.delete(oldest);
  }
}
