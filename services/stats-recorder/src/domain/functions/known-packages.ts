// Packages for which there is something lighter, and how much of their load time it saved.
import type { AdviceKind } from './advice.ts';

export interface KnownPackage {
  readonly kind: Extract<AdviceKind, 'whole_sdk' | 'lighter_package' | 'barrel_import'>;
  /** Ends of the paths of files that load all of it, for what can also be loaded in parts. */
  readonly entry?: RegExp;
  /** Why it is slow: the rest of a sentence that begins with its name and its time. */
  readonly reason?: string;
  readonly suggestion: string;
  /** Parts of its time that were saved on Node 18.20.8 and on 26.10.0; or what remains of a whole, and the least part. */
  readonly saved:
    | readonly [number, number]
    | { readonly wholeMs: number; readonly remainsMs: number; readonly part: number };
}

/**
 * Of what was measured: more may be loaded instead than was measured, and machines differ. Half of the
 * saving at least must be there where the advice is taken.
 */
const caution = 0.9;

/**
 * Milliseconds that the replacement saves of `totalMs`: nine tenths of the smaller of the two parts, which
 * were measured on 2026-11-21 as medians of `require` in fresh processes in turns, files in the page cache,
 * the smallest of up to three series, with the versions beside each row. What Node has built in was loaded
 * and called once instead. 0 where the package takes no longer than what replaces it.
 */
export function knownSaving({ saved }: KnownPackage, totalMs: number): number {
  if ('wholeMs' in saved) {
    const { wholeMs, remainsMs, part } = saved;
    const remaining = Math.max(remainsMs, (totalMs * remainsMs) / wholeMs);
    // A machine that loads the whole in little more than what remains elsewhere loads a part sooner as well.
    return Math.max(totalMs - remaining, caution * part * totalMs);
  }
  return caution * Math.min(...saved) * totalMs;
}

const index = /(^|\/)index\.[cm]?js$/;
const fetchInstead = 'Use fetch, which is part of Node since 18';
const someOf = (from: string) => `Import what is used from ${from} in place of the whole package`;

export const knownPackages: ReadonlyMap<string, KnownPackage> = new Map<string, KnownPackage>([
  [
    // 2.1693.0 took 192 to 280 ms, client-sqs, client-s3 and client-dynamodb 3.1169.0 94 to 146 ms. That a
    // client takes 100 ms is also the analyzer's own example (750 of 850 ms are saved): docs/adr/0022. The part is
    // that of client-sqs on Node 26.
    'aws-sdk',
    {
      kind: 'whole_sdk',
      entry: /\/lib\/aws\.js$/,
      suggestion: 'Use modular @aws-sdk/client-* packages',
      saved: { wholeMs: 850, remainsMs: 100, part: 0.51 },
    },
  ],
  [
    // 178.0.0 -> @googleapis/sheets
    'googleapis',
    {
      kind: 'whole_sdk',
      entry: index,
      suggestion: 'Use the package of the one API, such as @googleapis/sheets',
      saved: [0.9, 0.9],
    },
  ],
  [
    // 2.31.0 -> dayjs 1.11.23
    'moment',
    {
      kind: 'lighter_package',
      reason: 'it loads all of its parsing and formats at once, and is no longer developed',
      suggestion: 'Use dayjs, whose API is almost the same, or Intl, which is part of Node',
      saved: [0.42, 0.73],
    },
  ],
  [
    // 0.6.6 -> luxon 3.7.2
    'moment-timezone',
    {
      kind: 'lighter_package',
      reason: 'it loads moment and the data of all time zones, which Node has already',
      suggestion: 'Use luxon or Intl, which take time zones from Node',
      saved: [0.41, 0.5],
    },
  ],
  [
    // 4.18.1 -> nothing; four files of lodash/ took longer than the whole
    'lodash',
    {
      kind: 'lighter_package',
      entry: /\/lodash(\.min)?\.js$/,
      reason: 'most of its functions are part of the language by now',
      suggestion:
        'Use what the language has (?., flatMap, structuredClone), or bundle the function with lodash-es; lodash/get and the like save nothing',
      saved: [1, 1],
    },
  ],
  [
    // 1.13.8 -> nothing
    'underscore',
    {
      kind: 'lighter_package',
      reason: 'most of its functions are part of the language by now',
      suggestion: 'Use what the language has (map, flatMap, structuredClone)',
      saved: [1, 1],
    },
  ],
  [
    // 3.7.2 -> nothing
    'bluebird',
    {
      kind: 'lighter_package',
      reason: 'promises are part of the language',
      suggestion: 'Use the promises of the language, and node:timers/promises',
      saved: [1, 1],
    },
  ],
  [
    // 2.88.2
    'request',
    {
      kind: 'lighter_package',
      reason: 'it is deprecated and loads dozens of packages',
      suggestion: fetchInstead,
      saved: [0.85, 0.34],
    },
  ],
  [
    // 1.21.1
    'axios',
    {
      kind: 'lighter_package',
      reason: 'Node has an HTTP client of its own',
      suggestion: fetchInstead,
      saved: [0.51, 0.45],
    },
  ],
  [
    // 11.8.6
    'got',
    {
      kind: 'lighter_package',
      reason: 'Node has an HTTP client of its own',
      suggestion: fetchInstead,
      saved: [0.38, 0.35],
    },
  ],
  [
    // 10.4.2
    'superagent',
    {
      kind: 'lighter_package',
      reason: 'Node has an HTTP client of its own',
      suggestion: fetchInstead,
      saved: [0.71, 0.65],
    },
  ],
  [
    // 9.0.1 (14.0.3 on Node 26) -> randomUUID
    'uuid',
    {
      kind: 'lighter_package',
      reason: 'Node makes ids by itself',
      suggestion: 'Use randomUUID of node:crypto',
      saved: [0.52, 0.88],
    },
  ],
  [
    // 4.2.0 -> createHash
    'crypto-js',
    {
      kind: 'lighter_package',
      reason: 'it is no longer developed, and does in JavaScript what Node has built in',
      suggestion: 'Use node:crypto',
      saved: [0.78, 0.99],
    },
  ],
  [
    // 18.3.2 -> valibot 1.5.0
    'joi',
    {
      kind: 'lighter_package',
      reason: 'it loads every type and the lists of domains at once',
      suggestion: 'Use valibot, of which only what is used needs to be loaded',
      saved: [0.86, 0.88],
    },
  ],
  [
    // 3.25.76 and 4.6.7 -> valibot 1.5.0
    'zod',
    {
      kind: 'lighter_package',
      reason: 'it loads every type, and from version 4 on the messages of all languages',
      suggestion: 'Use valibot, of which only what is used needs to be loaded',
      saved: [0.37, 0.47],
    },
  ],
  [
    // 3.19.0 -> pino 10.4.0
    'winston',
    {
      kind: 'lighter_package',
      reason: 'it loads all of its transports',
      suggestion: 'Use pino, or console.log with JSON, which Lambda takes as it is',
      saved: [0.45, 0.43],
    },
  ],
  [
    // 0.6.2 -> fast-xml-parser 5.12.1
    'xml2js',
    {
      kind: 'lighter_package',
      reason: 'it loads a builder and a streaming parser too',
      suggestion: 'Use fast-xml-parser',
      saved: [0.58, 0.72],
    },
  ],
  [
    // 5.3.0 -> hono 4.13.19
    'express',
    {
      kind: 'lighter_package',
      reason: 'a function behind a gateway needs no web server',
      suggestion: 'Use hono, or the event itself',
      saved: [0.78, 0.86],
    },
  ],
  [
    // 9.12.1 -> mongodb 7.9.0
    'mongoose',
    {
      kind: 'lighter_package',
      reason: 'it loads the driver and schemas of its own upon it',
      suggestion: 'Use mongodb, the driver itself',
      saved: [0.52, 0.76],
    },
  ],
  [
    // 13.15.35 -> 2 of its files
    'validator',
    {
      kind: 'barrel_import',
      entry: index,
      reason: 'its index file loads every check that there is',
      suggestion: someOf('validator/lib/isEmail and the like'),
      saved: [0.86, 0.65],
    },
  ],
  [
    // 4.4.0 -> 5 of its files
    'date-fns',
    {
      kind: 'barrel_import',
      entry: index,
      reason: 'its index file loads every function that there is',
      suggestion: someOf('date-fns/format and the like'),
      saved: [0.55, 0.61],
    },
  ],
  [
    // 0.32.0 -> 3 of its files
    'ramda',
    {
      kind: 'barrel_import',
      entry: index,
      reason: 'its index file loads every function that there is',
      suggestion: someOf('ramda/src/map and the like'),
      saved: [0.75, 0.67],
    },
  ],
]);
