// All that a run wrote, where that is more than rides in its result.
import type { CapturedOutput, ExecutionResult, OutputChunk } from '@pilotlight/contracts';
import type { Call, ExecutionCalls } from './execution-calls.ts';

/** Of the run, by stream. */
export interface CompleteOutput {
  readonly stdout: CapturedOutput;
  readonly stderr: CapturedOutput;
}

/**
 * Undefined where the result has it all. At most the platform's output limit, 4 MiB; what has been dropped
 * since leaves the mark that it was truncated.
 */
export async function completeOutput(
  executions: Pick<ExecutionCalls, 'watchOutput'>,
  result: ExecutionResult,
  call: Call,
): Promise<CompleteOutput | undefined> {
  if (!result.stdout?.truncated && !result.stderr?.truncated) return undefined;
  const { executionId } = result;
  let chunks: OutputChunk[] = [];
  for await (const { event } of executions.watchOutput({ executionId, fromSequence: 0 }, call)) {
    if (event?.$case === 'restarted') chunks = [];
    if (event?.$case === 'output' && event.output.stage !== 'compile') chunks.push(event.output);
    if (event?.$case === 'result') break;
  }
  return {
    stdout: gathered(chunks, 'stdout', result.stdout),
    stderr: gathered(chunks, 'stderr', result.stderr),
  };
}

function gathered(
  chunks: readonly OutputChunk[],
  stream: string,
  inResult: CapturedOutput | undefined,
): CapturedOutput {
  const own = chunks.filter((chunk) => chunk.stream === stream);
  const data = Buffer.concat(own.map((chunk) => chunk.data));
  const cut = inResult ?? { data: Buffer.alloc(0), totalBytes: 0, truncated: false };
  if (!cut.truncated || data.length <= cut.data.length) return cut;
  return { data, totalBytes: cut.totalBytes, truncated: data.length < cut.totalBytes };
}
