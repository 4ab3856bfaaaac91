// One look at both clocks.
import type { Clock } from '@pilotlight/lifecycle';
import type { Moment } from '../domain/timeline.ts';

export function momentOf(clock: Clock): Moment {
  return { wallMs: clock.now().getTime(), monotonicMs: clock.monotonicMs() };
}
