// Where measurements go.
import type { ExecutionMeasurement, Measurement } from '../domain/measurements.ts';
import type { QueueDepth } from '../domain/queue-depth.ts';
import type { StockCount } from '../domain/stock.ts';

/** What is true now; replaces what was said before. */
export interface CurrentState {
  readonly stock: readonly StockCount[];
  /** Ready sandboxes by language. */
  readonly warm: ReadonlyMap<string, number>;
  /** Percent by language. */
  readonly coldStartRate: ReadonlyMap<string, number>;
  /** Undefined while the bus does not say: the last known depth stays. */
  readonly queues: readonly QueueDepth[] | undefined;
}

export interface Instruments {
  measure(measurement: Measurement): void;
  execution(measurement: ExecutionMeasurement): void;
  state(state: CurrentState): void;
}
