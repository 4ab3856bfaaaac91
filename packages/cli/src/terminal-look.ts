// What the caller's terminal can show.
import { styleText } from 'node:util';
import { loadConfig } from '@pilotlight/config';
import * as v from 'valibot';
import type { Emphasis, Look } from './format/look.ts';

type Style = Parameters<typeof styleText>[0];

const styles: Readonly<Record<Emphasis, Style>> = {
  strong: 'bold',
  quiet: 'gray',
  large: 'red',
  middling: 'yellow',
  small: 'green',
};

/** Where nobody can tell, as terminals were for decades. */
const usualColumns = 80;

export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  /** Of Node's terminals, which heed NO_COLOR and TERM. */
  readonly hasColors?: () => boolean;
}

/** Each may be set and empty, which means that it is not set. */
const variable = v.optional(v.string(), '');
const surroundings = v.object({
  lcAll: variable,
  lcCtype: variable,
  lang: variable,
  term: variable,
});

/** Plain where it is no terminal. */
export function lookOf(output: Output): Look {
  const hasColors = output.isTTY === true && output.hasColors?.() === true;
  return {
    columns: output.isTTY === true && output.columns ? output.columns : usualColumns,
    unicode: drawsUnicode(loadConfig(surroundings, { prefix: '' })),
    paint: (emphasis, text) =>
      hasColors ? styleText(styles[emphasis], text, { validateStream: false }) : text,
  };
}

/** Whether the locale is in UTF-8 and the terminal is none of those that draw a few characters alone. */
export function drawsUnicode(known: v.InferOutput<typeof surroundings>): boolean {
  const locale = known.lcAll || known.lcCtype || known.lang;
  return /utf-?8/i.test(locale) && !['dumb', 'linux'].includes(known.term);
}
