// The template catalogue as the key-value store has it. An entry that is written again unchanged
// stays the same object, so that stock made of it stays good.
import { PlatformError, parseJsonObject, type Template } from '@pilotlight/contracts';

export class CatalogueView {
  readonly #entries = new Map<string, { readonly text: string; readonly template: Template }>();

  /** By name; a new map each time. */
  get templates(): ReadonlyMap<string, Template> {
    return new Map([...this.#entries].map(([name, { template }]) => [name, template]));
  }

  /** Throws `invalid_argument` for a value that is no template; what was there before stays. */
  put(name: string, value: Uint8Array): void {
    const text = Buffer.from(value).toString();
    if (this.#entries.get(name)?.text === text) return;
    const template: unknown = parseJsonObject(value);
    if (!isTemplate(template) || template.name !== name) {
      throw new PlatformError('invalid_argument', `the value of "${name}" is no template`);
    }
    this.#entries.set(name, { text, template });
  }

  remove(name: string): void {
    this.#entries.delete(name);
  }
}

/** Its writer, the pool-manager, has validated it; this keeps another kind of value from being run. */
function isTemplate(value: unknown): value is Template {
  return (
    isObject(value) &&
    typeof value['name'] === 'string' &&
    ['string', 'undefined'].includes(typeof value['entry']) &&
    typeof value['image'] === 'string' &&
    Array.isArray(value['files']) &&
    Array.isArray(value['toolchains']) &&
    isObject(value['env']) &&
    isObject(value['limits']) &&
    isObject(value['runner']) &&
    Array.isArray(value['runner']['argv'])
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
