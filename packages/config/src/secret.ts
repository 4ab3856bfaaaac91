// A value that must not appear in a log, an error or a dump of the configuration.
import { inspect } from 'node:util';

const redacted = '[redacted]';

/** Prints, inspects and serialises as `[redacted]`; only `reveal` gives the value. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return redacted;
  }

  toJSON(): string {
    return redacted;
  }

  [inspect.custom](): string {
    return redacted;
  }
}
