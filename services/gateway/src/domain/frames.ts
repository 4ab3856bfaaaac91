// The text frames of the WebSocket, each made once for everyone who watches.
import type { Execution, ExecutionResult } from '@pilotlight/contracts';
import { textOrBase64 } from './bytes-json.ts';
import type { Gap, Piece } from './output-decoder.ts';

/** A frame that stands for the sequence numbers `from` to `to`. */
export interface Frame {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

export function outputFrame(item: Piece | Gap): Frame {
  if (item.kind === 'gap') return truncatedFrame(item.from, item.to);
  const { seq, stream, stage, bytes } = item;
  const { text: data, encoding } = textOrBase64(bytes);
  const marked = encoding === undefined ? {} : { encoding };
  const text = JSON.stringify({ type: 'output', seq, stream, stage, data, ...marked });
  return { from: seq, to: seq, text };
}

/** In place of output that a watcher does not get any more. */
export function truncatedFrame(from: number, to: number): Frame {
  return { from, to, text: JSON.stringify({ type: 'truncated', from, to }) };
}

export function restartedFrame(attempt: number): string {
  return JSON.stringify({ type: 'restarted', attempt });
}

/** Where an execution stands. */
export interface Standing {
  readonly status: string;
  readonly queuedAt: Date | undefined;
  readonly startedAt: Date | undefined;
  /** 0 where it does not wait. */
  readonly estimatedWaitMs: number;
}

export function standingOf({ result, ...execution }: Execution): Standing {
  return {
    status: execution.status,
    queuedAt: execution.queuedAt ?? result?.queuedAt,
    startedAt: execution.startedAt ?? result?.startedAt,
    estimatedWaitMs: execution.estimatedWaitMs,
  };
}

export function statusFrame({ status, queuedAt, startedAt, estimatedWaitMs }: Standing): string {
  return JSON.stringify({
    type: 'status',
    status,
    queued_at: queuedAt?.toISOString() ?? null,
    started_at: startedAt?.toISOString() ?? null,
    estimated_wait_ms: estimatedWaitMs,
  });
}

/** The attempt that a result is of; one that never ran is of the first. */
export function attemptOf({ attempt }: ExecutionResult): number {
  return Math.max(1, attempt);
}
