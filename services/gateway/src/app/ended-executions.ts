// Executions that have ended: what is known of them does not change any more, so whoever asks again need
// not be answered by a scheduler.
import { Execution, isTerminal, mayAccess, type Principal } from '@pilotlight/contracts';
import { cacheKey } from '../domain/cache-key.ts';
import type { SegmentCache } from './segment-cache.ts';

const ttlMs = 5 * 60_000;

export class EndedExecutions {
  readonly #segment: SegmentCache;

  constructor(segment: SegmentCache) {
    this.#segment = segment;
  }

  /** Undefined for what is not known here, and for what the caller may not see. */
  find(principal: Principal, executionId: string): Execution | undefined {
    const found = this.#segment.get(keyOf(executionId), readExecution);
    return found !== undefined && mayAccess(principal, found.userId) ? found : undefined;
  }

  /** Of others nothing is kept. */
  keep(execution: Execution): void {
    if (!isTerminal(execution.status) || execution.result === undefined) return;
    const terms = { ttlMs, dependsOn: {} };
    this.#segment.put(keyOf(execution.executionId), Execution.toJSON(execution), terms);
  }
}

function keyOf(executionId: string): string {
  return cacheKey(['execution', executionId]);
}

function readExecution(json: unknown): Execution | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  const execution = Execution.fromJSON(json);
  return isTerminal(execution.status) && execution.result !== undefined ? execution : undefined;
}
