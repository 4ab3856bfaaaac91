// Compares what exists on this host with what should, and removes the rest.
import { addressOf, PlatformError } from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import type { SandboxDriver, SandboxTrace } from '@pilotlight/sandbox-runtime';
import type { Log } from './ports.ts';
import { pause } from './retry.ts';
import type { SandboxRegistry } from './sandbox-registry.ts';

/** Between two looks. */
export const reapEveryMs = 30_000;

export interface ReaperOptions {
  readonly driver: Pick<SandboxDriver, 'list' | 'remove'>;
  readonly registry: SandboxRegistry;
  readonly clock: Clock;
  readonly log: Log;
  readonly orphans: Orphans;
}

/** What was found without an owner and is still there. */
export class Orphans {
  readonly #clock: Clock;
  readonly #foundAtMs = new Map<string, number>();
  /** Why the driver could not say, at the last look, what exists; undefined where it could. */
  problem: string | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Those that are new are counted from now on, for as long as they are found. */
  found(ids: readonly string[]): void {
    const nowMs = this.#clock.monotonicMs();
    for (const id of this.#foundAtMs.keys()) if (!ids.includes(id)) this.#foundAtMs.delete(id);
    for (const id of ids) if (!this.#foundAtMs.has(id)) this.#foundAtMs.set(id, nowMs);
  }

  removed(id: string): void {
    this.#foundAtMs.delete(id);
  }

  /** Since the oldest was found, in seconds; 0 without any. Nobody knows what it was before that. */
  oldestSeconds(): number {
    const nowMs = this.#clock.monotonicMs();
    return Math.max(0, ...[...this.#foundAtMs.values()].map((atMs) => (nowMs - atMs) / 1_000));
  }
}

/**
 * Removes traces of this node's sandboxes that are of an older incarnation, or of this one and
 * known to nobody. Those of other nodes on the same host are theirs. Returns how many it removed;
 * what resists is logged and tried again the next time. Never rejects.
 */
export async function reap(options: ReaperOptions): Promise<number> {
  const { driver, registry, log, orphans } = options;
  try {
    const leftovers = (await driver.list()).filter((trace) => isLeftover(trace, registry));
    orphans.problem = undefined;
    orphans.found(leftovers.map(({ id }) => id));
    const remove = async ({ id }: SandboxTrace) => {
      await driver.remove(id);
      orphans.removed(id);
    };
    const outcomes = await Promise.allSettled(leftovers.map(remove));
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.status === 'fulfilled') continue;
      const err = PlatformError.from(outcome.reason);
      log.error({ sandbox: leftovers[index]?.id, err }, 'a leftover could not be removed');
    }
    const removed = outcomes.filter(({ status }) => status === 'fulfilled').length;
    if (removed > 0) log.info({ removed }, 'leftovers removed');
    return removed;
  } catch (thrown) {
    const err = PlatformError.from(thrown);
    orphans.problem = err.message;
    log.error({ err }, 'leftovers could not be looked for');
    return 0;
  }
}

/** Reaps every 30 s until the signal aborts. */
export async function keepReaping(options: ReaperOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await pause(options.clock, reapEveryMs, signal);
    if (!signal.aborted) await reap(options);
  }
}

function isLeftover({ id, incarnation }: SandboxTrace, registry: SandboxRegistry): boolean {
  if (addressOf(id)?.node !== registry.address.node) return false;
  return incarnation !== registry.address.incarnation || registry.get(id) === undefined;
}
