// How much, in the words that every recommendation has in common.
import { ms } from '../analysis/phases.ts';
import type { Start } from './advice.ts';
import type { LoadedModule } from './load-tree.ts';

/** `takes 41 ms of 310 ms of init (13 %, p50 of 52 cold starts)`. */
export function takes(partMs: number, module: LoadedModule, start: Start): string {
  return `takes ${shareOf(partMs, module, start)}`;
}

/** `41 ms of 310 ms of init (13 %, p50 of 52 cold starts)`. */
export function shareOf(partMs: number, { observed }: LoadedModule, start: Start): string {
  const percent = Math.round((100 * partMs) / start.initMs);
  const starts = startsOf(observed.samples, start.coldStarts);
  return `${ms(partMs)} of ${ms(start.initMs)} of init (${percent} %, ${starts})`;
}

/** `12 files`, `1 file`. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`;
}

/** Not every cold start loads it, or takes the millisecond that a sender tells. */
function startsOf(samples: number, coldStarts: number): string {
  if (samples < coldStarts) {
    return `p50 of ${samples.toLocaleString('en-US')} of ${count(coldStarts, 'cold start')}`;
  }
  return samples === 1 ? '1 cold start' : `p50 of ${count(samples, 'cold start')}`;
}
