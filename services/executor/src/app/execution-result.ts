// The one result of an attempt, put together from what was measured and decided.
import type {
  CompileResult,
  ExecutionRequest,
  ExecutionResult,
  RunRequest,
} from '@pilotlight/contracts';
import type { Verdict } from '../domain/verdict.ts';
import type { JobEnd } from './run-job.ts';
import type { SandboxRecord } from './sandbox-record.ts';

/** A run request whose parts are known to be there. */
export interface RunOrder extends RunRequest {
  readonly request: ExecutionRequest;
}

/** What a job that was handed over adds to the verdict. */
export interface RanResult extends JobEnd {
  readonly record: SandboxRecord;
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
  const stage = 'run';
  return {
    executionId: request.id,
    status: verdict.status,
    message: verdict.message,
    exitCode: verdict.exitCode,
    signal: verdict.signal,
    stdout: ran?.output.captured({ stage, stream: 'stdout' }) ?? nothing,
    stderr: ran?.output.captured({ stage, stream: 'stderr' }) ?? nothing,
    executionTimeMs: ran?.run?.executionTimeMs ?? 0,
    cpuTimeMs: ran?.run?.cpuTimeMs ?? 0,
    memoryUsedBytes: ran?.run?.peakMemoryBytes ?? 0,
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
    version: ran?.record.version ?? '',
    compile: ran && compileResultOf(ran),
  };
}

function compileResultOf({ compile, output }: RanResult): CompileResult | undefined {
  if (compile === undefined) return undefined;
  const { verdict } = compile;
  const stage = 'compile';
  return {
    status: verdict.status,
    exitCode: verdict.exitCode,
    signal: verdict.signal,
    stdout: output.captured({ stage, stream: 'stdout' }),
    stderr: output.captured({ stage, stream: 'stderr' }),
    executionTimeMs: compile.executionTimeMs,
    cpuTimeMs: compile.cpuTimeMs,
    memoryUsedBytes: compile.peakMemoryBytes,
  };
}
