// One priority of the fair queue: users take turns, and each user's entries go first in, first out.
// Entries that need different templates are kept apart, so that a blocked one holds up no other.
import { type Link, LinkedList } from './linked-list.ts';

/** What a lane needs to know of an entry. */
export interface LaneEntry {
  readonly user: string;
  /** What it needs of a node: its template. Entries of one kind are blocked together. */
  readonly kind: string;
}

/** What may be taken now. Asked a few times per take, so it should be quick. */
export interface Eligible {
  /** For this user; without one, for anybody at all. */
  kind(kind: string, user?: string): boolean;
  user(user: string): boolean;
}

interface UserLane<T> {
  readonly user: string;
  readonly kinds: Map<string, LinkedList<Numbered<T>>>;
  size: number;
  /** Of the last entry: how many there have been before it, and itself. */
  lastNth: number;
  turn: Link<UserLane<T>> | undefined;
  /** Lower goes first. */
  turnNumber: number;
}

interface Numbered<T> {
  readonly item: T;
  /** Lower goes first. */
  readonly order: number;
  /** Among the user's own. */
  readonly nth: number;
}

/** Where an entry stands. Only for the lane that gave it. */
export interface Place<T> {
  readonly lane: UserLane<T>;
  readonly entry: Link<Numbered<T>>;
}

/** Where an entry stood when it was taken, so that it can be put back there. */
export interface Ticket {
  readonly order: number;
  readonly nth: number;
  readonly turn: number;
}

/** Another user of the lane. */
export interface Rival {
  readonly user: string;
  readonly queued: number;
  /** Whether the next turn of theirs comes before that of the user in question. */
  readonly goesBefore: boolean;
}

/** Every operation is O(1), but `next` takes a step for each user that may not go. */
export class PriorityLane<T extends LaneEntry> {
  /** Turns saved up against the other priorities. */
  credit = 0;
  readonly #turns = new LinkedList<UserLane<T>>();
  readonly #users = new Map<string, UserLane<T>>();
  readonly #depths = new Map<string, number>();
  #lastOrder = 0;
  #lastTurn = 0;

  enqueue(item: T): Place<T> {
    const { entries, lane } = this.#listOf(item);
    this.#lastOrder += 1;
    lane.lastNth += 1;
    const numbered = { item, order: this.#lastOrder, nth: lane.lastNth };
    return { lane, entry: entries.append(numbered) };
  }

  /** Takes a step for each entry and user that stands before it. */
  putBack(item: T, { nth, order, turn }: Ticket): Place<T> {
    const { entries, lane } = this.#listOf(item);
    if (turn < lane.turnNumber) {
      this.#leave(lane);
      lane.turnNumber = turn;
      lane.turn = this.#turns.insert(lane, (other) => other.turnNumber < turn);
    }
    lane.lastNth = Math.max(lane.lastNth, nth);
    const numbered = { item, order, nth };
    return { lane, entry: entries.insert(numbered, (other) => other.order < order) };
  }

  offers(eligible: Eligible): boolean {
    for (const kind of this.#depths.keys()) if (eligible.kind(kind)) return true;
    return false;
  }

  next(eligible: Eligible): Place<T> | undefined {
    for (const { value: lane } of this.#turns.links()) {
      const entry = eligible.user(lane.user) ? oldest(lane, eligible) : undefined;
      if (entry !== undefined) return { lane, entry };
    }
    return undefined;
  }

  /** This user had a turn and goes behind the others. */
  endTurn({ entry, lane }: Place<T>): Ticket {
    const { nth, order } = entry.value;
    const ticket = { nth, order, turn: lane.turnNumber };
    this.#leave(lane);
    this.#queueUp(lane);
    return ticket;
  }

  remove({ lane, entry }: Place<T>): void {
    const { kind } = entry.value.item;
    const entries = lane.kinds.get(kind);
    entries?.unlink(entry);
    if (entries?.first === undefined) lane.kinds.delete(kind);
    lane.size -= 1;
    if (lane.kinds.size === 0) {
      this.#leave(lane);
      this.#users.delete(lane.user);
    }
    const depth = (this.#depths.get(kind) ?? 1) - 1;
    if (depth === 0) this.#depths.delete(kind);
    else this.#depths.set(kind, depth);
  }

  /** Entries by kind; kinds without any are left out. */
  depths(): ReadonlyMap<string, number> {
    return this.#depths;
  }

  get size(): number {
    let size = 0;
    for (const depth of this.#depths.values()) size += depth;
    return size;
  }

  /** Of a user's own entries, counted from 1; one too many for each before it that was taken out. */
  positionOf({ lane, entry }: Place<T>): number {
    const firsts = [...lane.kinds.values()].map(({ first }) => first?.value.nth ?? entry.value.nth);
    return Math.min(lane.size, entry.value.nth - Math.min(...firsts) + 1);
  }

  rivalsOf({ lane }: Place<T>): Rival[] {
    const others = [...this.#users.values()].filter((other) => other !== lane);
    return others.map((other) => {
      const goesBefore = other.turnNumber < lane.turnNumber;
      return { user: other.user, queued: other.size, goesBefore };
    });
  }

  #listOf(item: T): { entries: LinkedList<Numbered<T>>; lane: UserLane<T> } {
    const lane = this.#laneOf(item.user);
    lane.size += 1;
    const entries = lane.kinds.get(item.kind) ?? new LinkedList<Numbered<T>>();
    lane.kinds.set(item.kind, entries);
    this.#depths.set(item.kind, (this.#depths.get(item.kind) ?? 0) + 1);
    return { entries, lane };
  }

  #laneOf(user: string): UserLane<T> {
    const known = this.#users.get(user);
    if (known !== undefined) return known;
    const lane: UserLane<T> = {
      ...{ user, kinds: new Map(), size: 0, lastNth: 0 },
      ...{ turn: undefined, turnNumber: 0 },
    };
    this.#queueUp(lane);
    this.#users.set(user, lane);
    return lane;
  }

  #queueUp(lane: UserLane<T>): void {
    this.#lastTurn += 1;
    lane.turnNumber = this.#lastTurn;
    lane.turn = this.#turns.append(lane);
  }

  #leave(lane: UserLane<T>): void {
    if (lane.turn !== undefined) this.#turns.unlink(lane.turn);
    lane.turn = undefined;
  }
}

function oldest<T>(lane: UserLane<T>, eligible: Eligible): Link<Numbered<T>> | undefined {
  let found: Link<Numbered<T>> | undefined;
  for (const [kind, entries] of lane.kinds) {
    const { first } = entries;
    if (first === undefined || !eligible.kind(kind, lane.user)) continue;
    if (found === undefined || first.value.order < found.value.order) found = first;
  }
  return found;
}
