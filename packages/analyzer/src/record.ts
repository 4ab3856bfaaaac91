// What is sent of one invocation: the ingest API's own names and units.
import type { FunctionFacts } from './config/function-facts.ts';
import type { ModuleDetail } from './modules/report.ts';

/** Body of POST /api/v1/ingest. Durations are whole milliseconds. */
export interface InvocationRecord extends FunctionFacts {
  /** Unique to the invocation; what is sent twice under it counts once. */
  readonly invocation_id: string;
  /** Lambda's; the same again when Lambda retries an event. */
  readonly request_id?: string;
  /** RFC 3339, when the invocation began. */
  readonly timestamp: string;
  readonly cold_start: boolean;
  readonly init_duration_ms?: number;
  readonly execution_duration_ms: number;
  readonly memory_used_mb: number;
  readonly module_timings?: Readonly<Record<string, number>>;
  readonly module_details?: readonly ModuleDetail[];
}

/** What was measured of one invocation. */
export interface Measured {
  readonly invocationId: string;
  readonly facts: FunctionFacts;
  readonly requestId: string | undefined;
  readonly timestamp: string;
  readonly executionMs: number;
  readonly memoryUsedMb: number;
  /** Of a cold start only. */
  readonly initMs: number | undefined;
}

/** All but the modules of a cold start. */
export function recordOf(measured: Measured): InvocationRecord {
  const { facts, requestId, initMs } = measured;
  return {
    ...facts,
    invocation_id: measured.invocationId,
    ...(requestId && { request_id: requestId.slice(0, 255) }),
    timestamp: measured.timestamp,
    cold_start: initMs !== undefined,
    ...(initMs !== undefined && { init_duration_ms: Math.max(0, Math.round(initMs)) }),
    execution_duration_ms: Math.max(0, Math.round(measured.executionMs)),
    memory_used_mb: measured.memoryUsedMb,
  };
}
