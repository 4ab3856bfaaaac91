// The template catalogue as the pool-manager publishes it in KV `templates`.
import { PlatformError, parseJsonObject, type Template } from '@pilotlight/contracts';
import type { Cancel, Clock } from '@pilotlight/lifecycle';
import type { KeyValue } from '@pilotlight/messaging';
import type { Log } from './ports.ts';
import { pause } from './waiting.ts';

const rewatchAfterMs = 500;
/** How long a catalogue that is being published for the first time must be quiet to be whole. */
const settledAfterMs = 200;

/** Every scheduler keeps one. */
export class Catalogue {
  readonly #clock: Clock;
  readonly #templates = new Map<string, Template>();
  readonly #ready = Promise.withResolvers<void>();
  #caughtUp = false;
  #settling: Cancel = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Resolves when the templates are known. On a platform that has just started this waits for the
   * first publication, because a request must not be refused for a template that is on its way.
   */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  get templates(): readonly Template[] {
    return [...this.#templates.values()];
  }

  /** Follows the bucket until the signal aborts; a watch that breaks is begun anew. */
  async follow(bucket: KeyValue, signal: AbortSignal, log: Log): Promise<void> {
    while (!signal.aborted) {
      try {
        for await (const change of bucket.watch(signal)) {
          if (change.kind === 'put') this.#put(change.entry.value, log);
          else if (change.kind === 'removed') this.#templates.delete(change.key);
          else this.#onCaughtUp();
        }
      } catch (thrown) {
        const error = PlatformError.from(thrown);
        if (!signal.aborted) log.warn({ err: error }, 'templates: watch broke');
      }
      await pause(this.#clock, rewatchAfterMs, signal);
    }
  }

  #put(value: Uint8Array, log: Log): void {
    const template = readTemplate(value, log);
    if (template === undefined) return;
    this.#templates.set(template.name, template);
    if (this.#caughtUp) this.#settle();
  }

  #onCaughtUp(): void {
    this.#caughtUp = true;
    if (this.#templates.size > 0) this.#ready.resolve();
  }

  #settle(): void {
    this.#settling();
    this.#settling = this.#clock.after(settledAfterMs, () => this.#ready.resolve());
  }
}

function readTemplate(value: Uint8Array, log: Log): Template | undefined {
  try {
    const template = parseJsonObject(value);
    if (isTemplate(template)) return template;
    log.warn({}, 'templates: an entry has no name');
  } catch (thrown) {
    log.warn({ err: PlatformError.from(thrown) }, 'templates: an entry cannot be read');
  }
  return undefined;
}

/** The pool-manager has validated the whole; only what is used here is looked at. */
function isTemplate(value: object): value is Template {
  const { name, aliases } = value as Partial<Template>;
  return typeof name === 'string' && Array.isArray(aliases);
}
