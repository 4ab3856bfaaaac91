// Output in pieces that never end inside a UTF-8 character: what was cut off at the end of one chunk
// begins the next piece of the same stream and stage.
import { wholeCharacters } from './bytes-json.ts';

/** Where bytes come from. */
export interface Source {
  readonly stream: string;
  readonly stage: string;
}

export class CharacterCarry {
  readonly #cut = new Map<string, { readonly source: Source; readonly bytes: Uint8Array }>();

  /** The bytes to show now; none where all of them are the beginning of one character. */
  take(source: Source, bytes: Uint8Array): Uint8Array {
    const name = `${source.stage} ${source.stream}`;
    const carried = this.#cut.get(name)?.bytes;
    const all = carried === undefined ? bytes : Buffer.concat([carried, bytes]);
    const whole = wholeCharacters(all);
    if (whole === all.length) this.#cut.delete(name);
    // A copy: a part of the chunk would keep all of it in memory.
    else this.#cut.set(name, { source, bytes: Uint8Array.from(all.subarray(whole)) });
    return all.subarray(0, whole);
  }

  /** What was cut and never completed. */
  rest(): { readonly source: Source; readonly bytes: Uint8Array }[] {
    const rest = [...this.#cut.values()];
    this.#cut.clear();
    return rest;
  }
}
