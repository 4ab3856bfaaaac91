// What runs next, and for whom. Between priorities: smooth weighted round robin as nginx does it,
// 8:3:1, so that high goes first and low still gets a twelfth. Between users of one priority: round
// robin. Of one user: first in, first out. Pure state: the caller says what may go now.
import { type Priority, priorities } from '@pilotlight/contracts';
import {
  type Eligible,
  type LaneEntry,
  type Place,
  PriorityLane,
  type Ticket,
} from './priority-lane.ts';
import type { QueueStanding } from './wait-estimate.ts';

export type { Eligible } from './priority-lane.ts';

/** What the queue needs to know of an entry. */
export interface Queued extends LaneEntry {
  readonly id: string;
  readonly priority: Priority;
}

/** Turns out of twelve; ours. A wrong ratio shifts waiting time between priorities, no more. */
export const priorityWeights: Readonly<Record<Priority, number>> = { high: 8, normal: 3, low: 1 };

/**
 * Entries are told apart by id, and put back as the same object. Enqueue and remove are O(1). Take is
 * O(1) plus, in each priority, one step for each user passed over: those at their limit, and those whose
 * every entry is of a blocked kind.
 */
export class FairQueue<T extends Queued> {
  readonly #lanes: Lanes<T> = {
    high: new PriorityLane(),
    normal: new PriorityLane(),
    low: new PriorityLane(),
  };
  readonly #places = new Map<string, Place<T>>();
  readonly #tickets = new WeakMap<T, Ticket>();

  get size(): number {
    return this.#places.size;
  }

  has(id: string): boolean {
    return this.#places.has(id);
  }

  /** An id that is queued stays where it is. */
  enqueue(item: T): void {
    if (!this.has(item.id)) this.#places.set(item.id, this.#lanes[item.priority].enqueue(item));
  }

  /** For what was taken and could not start: it goes where it stood, with its user's turn. */
  putBack(item: T): void {
    const ticket = this.#tickets.get(item);
    if (this.has(item.id)) return;
    const lane = this.#lanes[item.priority];
    const place = ticket === undefined ? lane.enqueue(item) : lane.putBack(item, ticket);
    this.#places.set(item.id, place);
  }

  /** Removes and returns the next entry that may go, or nothing. */
  take(eligible: Eligible): T | undefined {
    const places = new Map<Priority, Place<T>>();
    for (const priority of priorities) {
      const lane = this.#lanes[priority];
      const place = lane.offers(eligible) ? lane.next(eligible) : undefined;
      if (place !== undefined) places.set(priority, place);
    }
    const offering = [...places.keys()];
    const [priority] = inTurn(offering, this.#lanes);
    const place = priority && places.get(priority);
    if (priority === undefined || place === undefined) return undefined;
    spendTurn(this.#lanes, offering, priority);
    this.#tickets.set(place.entry.value.item, this.#lanes[priority].endTurn(place));
    return this.#remove(place);
  }

  remove(id: string): T | undefined {
    const place = this.#places.get(id);
    return place === undefined ? undefined : this.#remove(place);
  }

  /** Where an entry stands among all that wait; undefined where it does not wait. O(users). */
  standingOf(id: string): QueueStanding | undefined {
    const place = this.#places.get(id);
    if (place === undefined) return undefined;
    const { priority, user } = place.entry.value.item;
    const lane = this.#lanes[priority];
    const others = priorities.filter((other) => other !== priority);
    return {
      user,
      position: lane.positionOf(place),
      weight: priorityWeights[priority],
      rivals: lane.rivalsOf(place),
      otherPriorities: others.map((other) => ({
        weight: priorityWeights[other],
        queued: this.#lanes[other].size,
      })),
    };
  }

  depth(priority: Priority, kind: string): number {
    return this.#lanes[priority].depths().get(kind) ?? 0;
  }

  /** Entries by priority and kind; kinds without entries are left out. */
  depths(): { readonly priority: Priority; readonly kind: string; readonly depth: number }[] {
    return priorities.flatMap((priority) =>
      [...this.#lanes[priority].depths()].map(([kind, depth]) => ({ priority, kind, depth })),
    );
  }

  #remove(place: Place<T>): T {
    const { item } = place.entry.value;
    this.#places.delete(item.id);
    this.#lanes[item.priority].remove(place);
    return item;
  }
}

type Lanes<T extends Queued> = Readonly<Record<Priority, PriorityLane<T>>>;

/** Who would go first if each got its weight added now; ties go to the higher priority. */
function inTurn<T extends Queued>(offering: readonly Priority[], lanes: Lanes<T>): Priority[] {
  const due = (priority: Priority) => lanes[priority].credit + priorityWeights[priority];
  return offering.toSorted((a, b) => due(b) - due(a));
}

/** Priorities that had nothing to offer gather no credit meanwhile. */
function spendTurn<T extends Queued>(
  lanes: Lanes<T>,
  offering: readonly Priority[],
  taken: Priority,
): void {
  for (const priority of priorities) {
    if (offering.includes(priority)) lanes[priority].credit += priorityWeights[priority];
    else lanes[priority].credit = 0;
  }
  lanes[taken].credit -= offering.reduce((sum, priority) => sum + priorityWeights[priority], 0);
}
