// From what happened to spans. What one message says is enough for almost all of them; only whether
// anybody waited for a start is told by a message after it.
import type { ExecutionResult, SandboxEvent } from '@pilotlight/contracts';
import type { Span } from './spans.ts';
import { executionSpans } from './spans-of-executions.ts';
import { acquireSpans, leaseSpans } from './spans-of-leases.ts';
import { failedStartSpans, startSpans } from './spans-of-starts.ts';

/** A sandbox that somebody waited for is leased in the moment it is ready; the messages may not be. */
export const claimWithinMs = 2_000;
/** Starts that may be waiting for that at once, and claims that are remembered; a few MB at most. */
const remembered = 4_000;

interface HeldStart {
  readonly ready: SandboxEvent;
  readonly heldAtMs: number;
}

/**
 * Messages in any order, and as often as they come, give the same set of spans, as long as the `ready` and
 * the `leased` of one sandbox come within `claimWithinMs` of each other.
 */
export class SpansOfHistory {
  /** Share of the traces without a client's context that are recorded, 0 to 1. */
  readonly #ratio: number;
  readonly #unclaimed = new Map<string, HeldStart>();
  readonly #claimed = new Set<string>();

  constructor(ratio: number) {
    this.#ratio = ratio;
  }

  /** The spans that this event completes. `nowMs` of a monotonic clock, here and below. */
  event(event: SandboxEvent, nowMs: number): Span[] {
    switch (event.type) {
      case 'ready':
        return this.#hold(event, nowMs);
      case 'leased':
        if (!event.fromWarmPool) this.#claim(event.sandboxId);
        return acquireSpans(event, this.#ratio);
      case 'stopped':
        return leaseSpans(event, this.#ratio);
      case 'failed':
        return event.readyAt === undefined
          ? failedStartSpans(event, this.#ratio)
          : leaseSpans(event, this.#ratio);
      default:
        return [];
    }
  }

  result(result: ExecutionResult): Span[] {
    return executionSpans(result, this.#ratio);
  }

  /** Whether a start waits to be claimed. */
  get isHolding(): boolean {
    return this.#unclaimed.size > 0;
  }

  /** Starts that nobody has claimed until now. `Infinity`: all that are there. */
  due(nowMs: number): Span[] {
    const spans: Span[] = [];
    for (const [sandboxId, { ready, heldAtMs }] of this.#unclaimed) {
      if (nowMs - heldAtMs < claimWithinMs) break;
      this.#unclaimed.delete(sandboxId);
      spans.push(...startSpans(ready, this.#ratio));
    }
    return spans;
  }

  #hold(ready: SandboxEvent, nowMs: number): Span[] {
    const { sandboxId } = ready;
    if (this.#claimed.has(sandboxId) || this.#unclaimed.has(sandboxId)) return [];
    this.#unclaimed.set(sandboxId, { ready, heldAtMs: nowMs });
    const oldest = this.#unclaimed.size > remembered ? first(this.#unclaimed) : undefined;
    if (oldest === undefined) return [];
    this.#unclaimed.delete(oldest[0]);
    return startSpans(oldest[1].ready, this.#ratio);
  }

  #claim(sandboxId: string): void {
    this.#unclaimed.delete(sandboxId);
    this.#claimed.add(sandboxId);
    const oldest = this.#claimed.size > remembered ? first(this.#claimed) : undefined;
    if (oldest !== undefined) this.#claimed.delete(oldest);
  }
}

function first<T>(values: Iterable<T>): T | undefined {
  for (const value of values) return value;
  return undefined;
}
