// Where measurements go, and spans.
import type { ExecutionResult, SandboxEvent, StreamName } from '@pilotlight/contracts';
import type { ExecutionMeasurement, Measurement } from '../domain/measurements.ts';
import type { OutcomeRates } from '../domain/outcomes.ts';
import type { Span } from '../domain/spans.ts';
import type { StockCount } from '../domain/stock.ts';
import type { CollectorSnapshot } from './snapshot.ts';

/** What is true now; replaces what was said before. */
export interface CurrentState extends CollectorSnapshot {
  readonly stock: readonly StockCount[];
  /** Ready sandboxes by language. */
  readonly warm: ReadonlyMap<string, number>;
  /** Percent by language. */
  readonly coldStartRate: ReadonlyMap<string, number>;
  /** Share of executions that completed, 0 to 1; undefined where none ended lately. */
  readonly completionRatio: number | undefined;
  /** In the last minute. */
  readonly activeAgents: number;
  /** By component: executions are the executor's, starts of sandboxes the driver's. */
  readonly components: ReadonlyMap<'executor' | 'driver', OutcomeRates>;
}

export interface Instruments {
  measure(measurement: Measurement): void;
  execution(measurement: ExecutionMeasurement): void;
  /** So many more messages came. */
  arrived(stream: StreamName, messages: number): void;
  state(state: CurrentState): void;
}

/** Hears each event and each result once, in the order of their streams. Must neither throw nor wait. */
export interface HistoryListener {
  onEvent(event: SandboxEvent): void;
  onResult(result: ExecutionResult): void;
}

export interface SpanExporter {
  /** Rejects where the receiver has not taken them; whatever tries again has done so by then. */
  export(spans: readonly Span[]): Promise<void>;
}
