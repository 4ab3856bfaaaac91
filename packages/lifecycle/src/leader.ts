// Leader election over a key-value bucket whose values expire: whoever creates the key leads, and
// numbers its term with an epoch taken while it holds the key, so that epochs follow the order of
// terms and no epoch is given out twice.
import { PlatformError, token } from '@pilotlight/contracts';
import type { Bus, KeyValue } from '@pilotlight/messaging';
import type { ReadinessCheck } from '@pilotlight/telemetry';
import type { Clock } from './clock.ts';
import { nextEpoch } from './epochs.ts';
import {
  decodeLeader,
  encodeCandidate,
  encodeLeader,
  type Leader,
  pollEveryMs,
} from './leader-record.ts';
import { aborted, pause } from './pause.ts';
import { isTransient, Term } from './term.ts';

export interface ElectionOptions {
  readonly bus: Pick<Bus, 'bucket'>;
  /** What is led; a token. */
  readonly service: string;
  /** This candidate, unique among the living ones. */
  readonly holder: string;
  /** Where this candidate serves gRPC. */
  readonly address: string;
  readonly clock: Clock;
  /** Ends the candidacy like `stop`. */
  readonly signal: AbortSignal;
  /**
   * Called for each term won, one after another. May return at once or last for the whole term;
   * `term` aborts when the term is over, and the next one begins only after this has settled. If
   * it rejects, the key is given back and the candidacy breaks.
   */
  onElected(epoch: number, term: AbortSignal): Promise<void> | void;
}

/** One candidacy. */
export interface Election {
  /** The last leader known, which may be a moment out of date; undefined where there is none. */
  leader(): Leader | undefined;
  /** Whether this candidate leads now, by its own clock. */
  isLeader(): boolean;
  /** Ends a term in hand, waits for `onElected`, and lets a successor in at once. Idempotent. */
  stop(): Promise<void>;
  /**
   * Settles when the candidacy is over; rejects if it broke rather than was stopped. Left alone, a
   * rejection ends the process, as a leader that cannot work should.
   */
  readonly done: Promise<void>;
}

/**
 * Stands for election until stopped. Resolves after the first look, so that `leader` is known
 * where there is one; `onElected` may have been called by then. A bus that is away is waited for.
 */
export async function electLeader(options: ElectionOptions): Promise<Election> {
  token('service', options.service);
  const [leaders, epochs] = await Promise.all([
    options.bus.bucket('leaders'),
    options.bus.bucket('epochs'),
  ]);
  const candidacy = new Candidacy(options, leaders, epochs);
  const done = candidacy.run();
  await Promise.race([candidacy.firstLook, done]);
  return {
    leader: () => candidacy.leader,
    isLeader: () => candidacy.leads,
    stop() {
      candidacy.stop();
      return done;
    },
    done,
  };
}

/** Whether there is a leader to ask; the candidate itself may be it. */
export function leaderCheck(election: Pick<Election, 'leader'> | undefined): ReadinessCheck {
  if (election?.leader() !== undefined) return { name: 'leader', ok: true };
  return { name: 'leader', ok: false, reason: 'nobody leads at the moment' };
}

class Candidacy {
  readonly #options: ElectionOptions;
  readonly #leaders: KeyValue;
  readonly #epochs: KeyValue;
  readonly #ended = new AbortController();
  readonly #stopped: AbortSignal;
  readonly #looked = Promise.withResolvers<void>();
  #vacancy = new AbortController();
  #known: Leader | undefined;
  #term: Term | undefined;

  constructor(options: ElectionOptions, leaders: KeyValue, epochs: KeyValue) {
    this.#options = options;
    this.#leaders = leaders;
    this.#epochs = epochs;
    this.#stopped = AbortSignal.any([options.signal, this.#ended.signal]);
  }

  get firstLook(): Promise<void> {
    return this.#looked.promise;
  }

  get leader(): Leader | undefined {
    return this.leads ? this.#term?.leader : this.#known;
  }

  get leads(): boolean {
    return this.#term?.holds ?? false;
  }

  stop(): void {
    this.#ended.abort();
  }

  async run(): Promise<void> {
    const parts = [this.#stand(), this.#watch()];
    const ends = await Promise.allSettled(parts.map((part) => part.finally(() => this.stop())));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  async #stand(): Promise<void> {
    while (!this.#stopped.aborted) {
      const term = await this.#look();
      this.#looked.resolve();
      if (term === undefined) await this.#waitForVacancy();
      else await this.#lead(term);
    }
    this.#looked.resolve();
  }

  /** Learns who leads, or stands where nobody does; returns the term that was won. */
  async #look(): Promise<Term | undefined> {
    try {
      const entry = await this.#leaders.get(this.#options.service);
      this.#known = entry && decodeLeader(entry.value);
      return entry === undefined ? await this.#claim() : undefined;
    } catch (thrown) {
      if (isTransient(thrown)) return undefined;
      throw thrown;
    }
  }

  async #claim(): Promise<Term | undefined> {
    const { service, holder, address, clock } = this.#options;
    const claim = await this.#leaders.create(service, encodeCandidate(holder, address));
    if (claim === undefined) return undefined;
    const leader = { holder, address, epoch: await nextEpoch(this.#epochs, service) };
    const sentAtMs = clock.monotonicMs();
    const revision = await this.#leaders.update(service, encodeLeader(leader), claim);
    if (revision === undefined) return undefined;
    return new Term({ leaders: this.#leaders, service, leader, revision, sentAtMs }, clock);
  }

  async #lead(term: Term): Promise<void> {
    this.#term = term;
    const endTerm = () => term.end();
    this.#stopped.addEventListener('abort', endTerm);
    if (this.#stopped.aborted) endTerm();
    try {
      const work = this.#work(term);
      await Promise.race([aborted(term.signal), work.then(() => aborted(term.signal))]);
      await work;
    } finally {
      this.#stopped.removeEventListener('abort', endTerm);
      await term.release();
      this.#term = undefined;
      this.#known = undefined;
    }
  }

  async #work(term: Term): Promise<void> {
    if (term.signal.aborted) return;
    try {
      await this.#options.onElected(term.leader.epoch, term.signal);
    } catch (thrown) {
      const gaveWay = term.signal.aborted && PlatformError.from(thrown).code === 'cancelled';
      if (!gaveWay) throw thrown;
    }
  }

  async #waitForVacancy(): Promise<void> {
    const either = AbortSignal.any([this.#stopped, this.#vacancy.signal]);
    await pause(this.#options.clock, pollEveryMs, either);
    if (this.#vacancy.signal.aborted) this.#vacancy = new AbortController();
  }

  /** Only saves time: what it misses (expiry above all) is found by polling. */
  async #watch(): Promise<void> {
    try {
      for await (const change of this.#leaders.watch(this.#stopped)) {
        if (change.kind === 'put' && change.entry.key === this.#options.service) {
          this.#known = decodeLeader(change.entry.value);
        } else if (change.kind === 'removed' && change.key === this.#options.service) {
          this.#vacancy.abort();
        }
      }
    } catch (thrown) {
      if (!isTransient(thrown) && !this.#stopped.aborted) throw thrown;
    }
  }
}
