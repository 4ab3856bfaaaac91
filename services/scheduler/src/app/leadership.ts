// Where a call goes: to this process while it leads, else to the one that does.
import { PlatformError } from '@pilotlight/contracts';
import type { Clock, Election } from '@pilotlight/lifecycle';
import type { LeaderTerm } from './leader-term.ts';
import { pause } from './waiting.ts';

/** How long a call waits for a leader: an orderly change takes less, a lost one more. */
const waitForLeaderMs = 3_000;
const lookEveryMs = 25;

/** Somebody who can answer. */
export type Led<Peer> =
  | { readonly kind: 'here'; readonly term: LeaderTerm }
  | { readonly kind: 'there'; readonly peer: Peer };

export interface LeadershipOptions<Peer> {
  readonly clock: Clock;
  /** Undefined until the candidacy has begun. */
  readonly election: () => Pick<Election, 'isLeader' | 'leader'> | undefined;
  /** The connection to the leader at an address. */
  readonly peerAt: (address: string) => Peer;
}

/** This process' part in leading. */
export class Leadership<Peer> {
  readonly #options: LeadershipOptions<Peer>;
  #term: { readonly uses: LeaderTerm; readonly signal: AbortSignal } | undefined;

  constructor(options: LeadershipOptions<Peer>) {
    this.#options = options;
  }

  /** The use cases of the term in hand. */
  get term(): LeaderTerm | undefined {
    const holds = this.#term?.signal.aborted === false && this.#options.election()?.isLeader();
    // Asked before the candidacy is known to us: the term has just been won.
    return holds !== false ? this.#term?.uses : undefined;
  }

  /** Calls are answered here once `begun` resolves, until the signal aborts. */
  async open(begun: Promise<LeaderTerm>, signal: AbortSignal): Promise<void> {
    try {
      this.#term = { uses: await begun, signal };
    } catch (thrown) {
      // A term that ended while it began has broken nothing.
      if (!signal.aborted) throw thrown;
    }
  }

  /** Whoever leads, after a short wait for one where nobody does. Rejects `unavailable`. */
  async find(signal: AbortSignal): Promise<Led<Peer>> {
    const { clock } = this.#options;
    const untilMs = clock.monotonicMs() + waitForLeaderMs;
    for (;;) {
      const led = this.#now();
      if (led !== undefined) return led;
      if (clock.monotonicMs() >= untilMs) break;
      if (!(await pause(clock, lookEveryMs, signal))) throw PlatformError.from(signal.reason);
    }
    throw new PlatformError('unavailable', 'No scheduler leads at the moment. Ask again.');
  }

  #now(): Led<Peer> | undefined {
    const { term } = this;
    if (term !== undefined) return { kind: 'here', term };
    const election = this.#options.election();
    const leader = election?.leader();
    if (leader === undefined || election?.isLeader() !== false) return undefined;
    return { kind: 'there', peer: this.#options.peerAt(leader.address) };
  }
}
