// An execution as spans. Its sandbox's acquisition comes from the `leased` event and hangs under the same
// root. Nothing here tells of code, input or output but its length.
import type { CompileResult, ExecutionResult } from '@pilotlight/contracts';
import {
  attributesOf,
  microsOf,
  microsOfMs,
  type Span,
  type SpanRef,
  span,
  spanIdOf,
  type Trace,
  traceOf,
} from './spans.ts';

/** Ends that are no fault of anybody's. */
const goodEnds: readonly string[] = ['completed', 'cancelled'];

/**
 * `execute <language>` from the queue to the end, and under it `queue`, `compile` and `run`. The run
 * follows the compile stage at once: what the executor does between them is not told.
 */
export function executionSpans(result: ExecutionResult, ratio: number): Span[] {
  const { compile, executionId, finishedAt, queuedAt, startedAt } = result;
  const trace = traceOf(result.traceparent, executionId, ratio);
  if (!trace.isSampled || finishedAt === undefined) return [];
  const root = rootOf(result, trace, { from: queuedAt ?? startedAt ?? finishedAt, to: finishedAt });
  const stage = (name: string, more: Pick<Span, 'start' | 'end'> & Partial<Span>) =>
    span({
      ...{ traceId: root.traceId, spanId: spanIdOf(name, executionId), name },
      parentSpanId: root.spanId,
      ...more,
    });
  if (startedAt === undefined) return [root];
  const spans = [root, stage('queue', { start: root.start, end: microsOf(startedAt) })];
  const started = microsOf(startedAt);
  const compiled = started + microsOfMs(compile?.executionTimeMs ?? 0);
  if (compile !== undefined)
    spans.push(stage('compile', { start: started, end: compiled, ...measured(compile) }));
  if (compile === undefined || hasCompiled(compile)) {
    const end = compiled + microsOfMs(result.executionTimeMs);
    spans.push(stage('run', { start: compiled, end, ...measured(result) }));
  }
  return spans;
}

function rootOf(
  result: ExecutionResult,
  { clientSpanId, traceId }: Trace,
  { from, to }: { readonly from: Date; readonly to: Date },
): Span & SpanRef {
  return span({
    ...{ traceId, spanId: spanIdOf('execute', result.executionId), parentSpanId: clientSpanId },
    ...{ name: `execute ${result.language}`, kind: 'server' },
    ...{ start: microsOf(from), end: microsOf(to), error: errorOf(result) },
    attributes: attributesOf({
      'pilotlight.execution_id': result.executionId,
      'pilotlight.status': result.status,
      'pilotlight.language': result.language,
      'pilotlight.version': result.version,
      'pilotlight.priority': result.priority,
      'pilotlight.attempt': result.attempt,
      'pilotlight.retryable': result.retryable,
      'pilotlight.correlation_id': result.correlationId,
      'pilotlight.sandbox_id': result.sandboxId,
      'pilotlight.node': result.node,
      'pilotlight.from_warm_pool': result.sandboxId === '' ? undefined : result.fromWarmPool,
      'user.id': result.userId,
    }),
  });
}

/** Status and resources of one stage. */
function measured(stage: ExecutionResult | CompileResult) {
  return {
    error: errorOf(stage),
    attributes: attributesOf({
      'pilotlight.status': stage.status,
      'pilotlight.exit_code': stage.exitCode,
      'pilotlight.signal': stage.signal,
      'pilotlight.cpu_time_ms': stage.cpuTimeMs,
      'pilotlight.memory_used_bytes': stage.memoryUsedBytes,
      'pilotlight.stdout_bytes': stage.stdout?.totalBytes,
      'pilotlight.stderr_bytes': stage.stderr?.totalBytes,
    }),
  };
}

/** A program's own exit code is no error: `completed` says that it ended by itself. */
function errorOf(stage: Pick<ExecutionResult, 'status'> & { readonly message?: string }) {
  const { message = '', status } = stage;
  if (goodEnds.includes(status)) return undefined;
  return message === '' ? status : `${status}: ${message.split('\n', 1)[0]}`;
}

function hasCompiled({ exitCode, status }: CompileResult): boolean {
  return status === 'completed' && exitCode === 0;
}
