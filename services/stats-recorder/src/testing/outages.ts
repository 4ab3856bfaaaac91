// Outages of which nobody hears.
import { ManualClock } from '@pilotlight/lifecycle';
import { Outages } from '../app/outages.ts';

export function silentOutages(): Outages {
  return new Outages({ info: () => undefined, warn: () => undefined }, new ManualClock());
}
