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
  readonly driver: SandboxDriver;
  readonly registry: SandboxRegistry;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Removes traces of this node's sandboxes that are of an older incarnation, or of this one and
 * known to nobody. Those of other nodes on the same host are theirs. Returns how many it removed;
 * what resists is logged and tried again the next time. Never rejects.
 */
export async function reap(options: ReaperOptions): Promise<number> {
  const { driver, registry, log } = options;
  try {
    const leftovers = (await driver.list()).filter((trace) => isLeftover(trace, registry));
    const outcomes = await Promise.allSettled(leftovers.map(({ id }) => driver.remove(id)));
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.status === 'fulfilled') continue;
      const err = PlatformError.from(outcome.reason);
      log.error({ sandbox: leftovers[index]?.id, err }, 'a leftover could not be removed');
    }
    const removed = outcomes.filter(({ status }) => status === 'fulfilled').length;
    if (removed > 0) log.info({ removed }, 'leftovers removed');
    return removed;
  } catch (thrown) {
    log.error({ err: PlatformError.from(thrown) }, 'leftovers could not be looked for');
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
