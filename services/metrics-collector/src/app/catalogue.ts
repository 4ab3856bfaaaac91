// The templates that there are, and which language each runs: the closed sets that labels come from.
import { parseJsonObject } from '@pilotlight/contracts';
import { unknown } from '../domain/measurements.ts';

/** Labels by name, whatever requests, events and nodes say. */
export class Catalogue {
  readonly #byTemplate = new Map<string, { label: string; names: readonly string[] }>();
  #byName: ReadonlyMap<string, string> = new Map();

  /** The JSON of a template, as it lies in KV `templates`. Throws on what is none. */
  put(template: string, value: Uint8Array): void {
    const { language, aliases } = parseJsonObject(value);
    const label = typeof language === 'string' ? language : template;
    const more = Array.isArray(aliases) ? aliases.filter((alias) => typeof alias === 'string') : [];
    this.#byTemplate.set(template, { label, names: [template, label, ...more] });
    this.#index();
  }

  remove(template: string): void {
    this.#byTemplate.delete(template);
    this.#index();
  }

  /** Names, sorted. */
  get templates(): readonly string[] {
    return [...this.#byTemplate.keys()].toSorted();
  }

  /** From language, template or alias to the language's label. */
  get languages(): ReadonlyMap<string, string> {
    return this.#byName;
  }

  /** The language's label of a template. */
  languageOf(template: string): string {
    return this.#byTemplate.get(template)?.label ?? unknown;
  }

  /** The label of a template: its name. */
  templateLabel(name: string): string {
    return this.#byTemplate.has(name) ? name : unknown;
  }

  #index(): void {
    const entries = [...this.#byTemplate.values()];
    this.#byName = new Map(entries.flatMap(({ label, names }) => names.map((n) => [n, label])));
  }
}
