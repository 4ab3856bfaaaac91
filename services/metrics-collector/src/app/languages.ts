// Which language each template runs, by every name that a request may use for it.
import { parseJsonObject } from '@pilotlight/contracts';

/** Labels by name: a closed set, whatever requests say. */
export class Languages {
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

  /** From language, template or alias to label. */
  get byName(): ReadonlyMap<string, string> {
    return this.#byName;
  }

  /** The label of a template; its own name where it is not known yet. */
  of(template: string): string {
    return this.#byTemplate.get(template)?.label ?? template;
  }

  #index(): void {
    const entries = [...this.#byTemplate.values()];
    this.#byName = new Map(entries.flatMap(({ label, names }) => names.map((n) => [n, label])));
  }
}
