// How long an entry of the fair queue will wait, if nobody else comes and the pace stays as it is.
//
// By the rules of the queue, while the n-th of a user's own goes, each other user of the priority has
// as many turns (fewer where a bound of their own holds them up), and each other priority its weight's
// share. What goes before, times the gap between ends, is the wait; where the user's own bound is
// tighter than that, the user's own runs have to end first.
import type { Rival } from './priority-lane.ts';

/** An entry among all that wait. */
export interface QueueStanding {
  readonly user: string;
  /** Among the user's own of its priority, counted from 1. */
  readonly position: number;
  /** Of its priority: turns out of twelve. */
  readonly weight: number;
  /** Of its priority. */
  readonly rivals: readonly Rival[];
  readonly otherPriorities: readonly { readonly weight: number; readonly queued: number }[];
}

/** How the queue is being served. */
export interface Service {
  /** Between two ends with every slot taken; undefined while there is room for more. */
  readonly gapMs: number | undefined;
  /** How long one run holds its slot. */
  readonly slotMs: number;
  /** Slots that a user may hold at once. */
  slotsOf(user: string): number;
  /** Slots that a user holds now. */
  runningOf(user: string): number;
}

/** In milliseconds; O(users of its priority). */
export function estimatedWaitMs(standing: QueueStanding, service: Service): number {
  const { gapMs } = service;
  const shared = gapMs === undefined ? 0 : (goesBefore(standing, service, gapMs) + 1) * gapMs;
  return Math.max(shared, ownBoundMs(standing, service));
}

/** Until the user's own runs leave room for this one. */
function ownBoundMs({ user, position }: QueueStanding, service: Service): number {
  const slots = service.slotsOf(user);
  const mustEnd = Math.max(0, service.runningOf(user) + position - slots);
  return (mustEnd * service.slotMs) / slots;
}

/** Entries that go before this one. */
function goesBefore(standing: QueueStanding, service: Service, gapMs: number): number {
  const { otherPriorities, position, rivals, user, weight } = standing;
  const busy = otherPriorities.filter(({ queued }) => queued > 0);
  const weights = busy.reduce((sum, other) => sum + other.weight, weight);
  const rateOf = (who: string) => service.slotsOf(who) / service.slotMs;
  const own = rateOf(user);
  const bounds = [own, ...rivals.map((rival) => rateOf(rival.user))];
  const fair = fairRate(bounds, weight / weights / gapMs);
  const ofLane = rivals.reduce((sum, rival, index) => {
    const turns = rival.goesBefore ? position : position - 1;
    const share = Math.min(fair, bounds[index + 1] ?? fair) / Math.min(fair, own);
    return sum + Math.min(rival.queued, turns * share);
  }, position - 1);
  return busy.reduce(
    (sum, other) => sum + Math.min(other.queued, ((ofLane + 1) * other.weight) / weight),
    ofLane,
  );
}

/** Each round finds users who cannot use their share; more rounds than that change little. */
const rounds = 8;

/** What everybody gets who is not held up by a bound of their own, when `total` is shared out. */
function fairRate(bounds: readonly number[], total: number): number {
  let fair = total / bounds.length;
  for (let round = 0; round < rounds; round += 1) {
    const held = bounds.filter((bound) => bound < fair);
    if (held.length === bounds.length) return Number.POSITIVE_INFINITY;
    const left = total - held.reduce((sum, bound) => sum + bound, 0);
    const next = left / (bounds.length - held.length);
    if (next <= fair) return fair;
    fair = next;
  }
  return fair;
}
