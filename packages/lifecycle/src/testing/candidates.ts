// Candidates of one election for tests: on one bus in memory and one clock moved by hand, each
// behind a connection that can be cut.
import { PlatformError } from '@pilotlight/contracts';
import { createMemoryBus, type KeyValue } from '@pilotlight/messaging';
import { ManualClock } from '../clock.ts';
import { type Election, electLeader } from '../leader.ts';

/** A term as its leader saw it. */
export interface SeenTerm {
  readonly holder: string;
  readonly epoch: number;
  readonly startedAtMs: number;
  readonly signal: AbortSignal;
  /** By the shared clock; undefined while it lasts. */
  endedAtMs: number | undefined;
}

export interface Candidate {
  readonly election: Election;
  /** While true, every call to the bus fails as unavailable. */
  cut: boolean;
  /** While true, writes are done but their answers are lost. */
  losesAnswers: boolean;
}

/** Lets everything go on that waits for nothing but promises. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

export function createElectorate() {
  const clock = new ManualClock();
  const bus = createMemoryBus({ now: () => clock.now() });
  const terms: SeenTerm[] = [];

  const stand = async (
    holder: string,
    options: { clock?: ManualClock; work?: (term: AbortSignal) => Promise<void> } = {},
  ): Promise<Candidate> => {
    const connection = { cut: false, losesAnswers: false };
    const election = await electLeader({
      bus: { bucket: async (name) => breakable(await bus.bucket(name), connection) },
      service: 'scheduler',
      holder,
      address: `${holder}:1`,
      clock: options.clock ?? clock,
      signal: new AbortController().signal,
      async onElected(epoch, signal) {
        const startedAtMs = clock.monotonicMs();
        const term: SeenTerm = { holder, epoch, startedAtMs, signal, endedAtMs: undefined };
        signal.addEventListener('abort', () => {
          term.endedAtMs = clock.monotonicMs();
        });
        terms.push(term);
        await options.work?.(signal);
      },
    });
    return Object.assign(connection, { election });
  };

  /** Moves the clock in steps small enough for every timer to have its effect in order. */
  const advance = async (ms: number) => {
    for (let moved = 0; moved < ms; moved += 100) {
      clock.advance(100);
      await settle();
    }
  };

  return { clock, bus, terms, stand, advance };
}

function breakable(
  bucket: KeyValue,
  connection: { cut: boolean; losesAnswers: boolean },
): KeyValue {
  const unavailable = () => new PlatformError('unavailable', 'The bus does not answer.');
  const call = async <T>(perform: () => Promise<T>): Promise<T> => {
    if (connection.cut) throw unavailable();
    const answer = await perform();
    if (connection.losesAnswers) throw unavailable();
    return answer;
  };
  return {
    get: (key) => call(() => bucket.get(key)),
    put: (key, value) => call(() => bucket.put(key, value)),
    create: (key, value) => call(() => bucket.create(key, value)),
    update: (key, value, revision) => call(() => bucket.update(key, value, revision)),
    remove: (key) => call(() => bucket.remove(key)),
    watch: (signal) => bucket.watch(signal),
  };
}
