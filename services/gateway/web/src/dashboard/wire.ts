// What the gateway tells about pools, sandboxes and requests, as far as the dashboard reads it.
import type { Phases } from '../frame/phases.tsx';

export interface Pool {
  readonly template: string;
  readonly language: string;
  readonly target_size: number;
  readonly current_size: number;
  readonly available: number;
  readonly creating: number;
  readonly leased: number;
  readonly problems?: readonly string[];
  readonly preparing?: readonly string[];
  readonly unavailable?: boolean;
}

/** What is empty may be left out. */
export interface SandboxEvent {
  readonly event_id: string;
  readonly type: string;
  readonly at: string;
  readonly sandbox_id?: string;
  readonly template: string;
  readonly request_id?: string;
  readonly from_warm_pool?: boolean;
  readonly acquisition_ms?: number;
  readonly phases?: Phases | null;
  readonly stop_reason?: string;
  readonly detail?: string;
}

export interface FinishedExecution {
  readonly execution_id: string;
  readonly status: string;
  readonly exit_code: number;
  readonly language: string;
  readonly execution_time_ms: number;
  readonly from_warm_pool: boolean;
  readonly finished_at: string | null;
}

export interface Alert {
  readonly alert_id: string;
  readonly name: string;
  readonly severity: string;
  readonly state: string;
  readonly summary: string;
  readonly remedy: string;
  readonly began_at: string;
  readonly at: string;
}

/** One row of container_stats. */
export interface Activity {
  readonly request_id: string;
  readonly sandbox_id: string;
  readonly template: string;
  readonly request_received_at?: string;
  readonly startup_ms?: number | null;
  readonly active_ms?: number | null;
  readonly from_warm_pool: boolean;
  readonly phases?: Phases | null;
  readonly execution_id: string;
  readonly execution_status: string;
}

export interface Summary {
  readonly requests: number;
  readonly failed_starts: number;
}

/** Of the last 24 hours. */
export interface Stats {
  readonly total?: Summary;
}
