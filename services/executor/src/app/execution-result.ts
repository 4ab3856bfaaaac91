// The one result of an attempt, put together from what was measured and decided.
import type { ExecutionRequest, ExecutionResult, RunRequest } from '@pilotlight/contracts';
import type { Verdict } from '../domain/verdict.ts';
import type { OutputRecorder } from './output-recorder.ts';
import type { SandboxRecord } from './sandbox-record.ts';
import type { Ending } from './supervise.ts';

/** A run request whose parts are known to be there. */
export interface RunOrder extends RunRequest {
  readonly request: ExecutionRequest;
}

/** What a program that ran adds to the verdict. */
export interface RanResult {
  readonly record: SandboxRecord;
  readonly output: OutputRecorder;
  readonly ending: Ending;
  readonly startedAt: Date;
}

/** `ran` is undefined for an execution that was ended before its program began. */
export function resultOf(
  order: RunOrder,
  verdict: Verdict,
  about: { readonly node: string; readonly finishedAt: Date; readonly ran: RanResult | undefined },
): ExecutionResult {
  const { request } = order;
  const { ran } = about;
  const nothing = { data: Buffer.alloc(0), totalBytes: 0, truncated: false };
  return {
    executionId: request.id,
    status: verdict.status,
    message: verdict.message,
    exitCode: verdict.exitCode,
    signal: verdict.signal,
    stdout: ran?.output.captured('stdout') ?? nothing,
    stderr: ran?.output.captured('stderr') ?? nothing,
    executionTimeMs: ran?.ending.executionTimeMs ?? 0,
    cpuTimeMs: ran?.ending.cpuTimeMs ?? 0,
    memoryUsedBytes: ran?.ending.peakMemoryBytes ?? 0,
    retryable: verdict.retryable,
    attempt: order.attempt,
    lastOutputSequence: ran?.output.lastSequence ?? 0,
    sandboxId: ran?.record.id ?? '',
    node: about.node,
    fromWarmPool: ran?.record.holder?.fromWarmPool ?? false,
    phases: ran?.record.phases,
    language: request.language,
    userId: request.userId,
    correlationId: request.correlationId,
    queuedAt: order.receivedAt ?? request.createdAt,
    startedAt: ran?.startedAt,
    finishedAt: about.finishedAt,
    traceparent: request.traceparent,
    priority: request.priority,
  };
}
