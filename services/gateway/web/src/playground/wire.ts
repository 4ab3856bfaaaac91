// What the gateway answers about executions, as far as the pages read it.
import type { Phases } from '../frame/phases.tsx';

export interface CompileResult {
  readonly status: string;
  readonly exit_code: number;
  readonly signal: string | null;
  readonly execution_time_ms: number;
  readonly cpu_time_ms: number;
  readonly memory_used_bytes: number;
}

export interface Result {
  readonly execution_id: string;
  readonly status: string;
  readonly message: string;
  readonly exit_code: number;
  readonly signal: string | null;
  readonly execution_time_ms: number;
  readonly cpu_time_ms: number;
  readonly memory_used_bytes: number;
  readonly from_warm_pool: boolean;
  readonly phases: Phases | null;
  readonly language: string;
  readonly version: string;
  readonly attempt: number;
  readonly queued_at: string | null;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly compile: CompileResult | null;
}

export interface OutputFrame {
  readonly type: 'output';
  readonly seq: number;
  readonly stream: 'stdout' | 'stderr';
  readonly stage: 'compile' | 'run';
  readonly data: string;
  /** `base64` where the bytes are no UTF-8. */
  readonly encoding?: string;
}

export interface StatusFrame {
  readonly type: 'status';
  readonly status: string;
  readonly estimated_wait_ms?: number | null;
}

/** One text frame of the execution's WebSocket. */
export type Frame =
  | StatusFrame
  | OutputFrame
  | { readonly type: 'restarted'; readonly attempt: number }
  | { readonly type: 'truncated'; readonly from: number; readonly to: number }
  | { readonly type: 'complete'; readonly result: Result }
  | { readonly type: 'error'; readonly detail: string };

/** What the page sends on it. */
export type InputFrame =
  | { readonly type: 'stdin'; readonly data: string }
  | { readonly type: 'stdin_close' }
  | { readonly type: 'signal'; readonly signal: string };

export interface Accepted {
  readonly execution_id: string;
  readonly status: string;
  readonly websocket_url: string;
  readonly estimated_wait_ms?: number | null;
}
