// The result of an execution as JSON: of REST, of the WebSocket's `complete`, of the cache.
import {
  type CapturedOutput,
  type CompileResult,
  type ExecutionResult,
  type StartPhases,
  terminalStatuses,
} from '@pilotlight/contracts';
import { type Static, Type } from 'typebox';
import { textOrBase64, wholeCharacters } from '../domain/bytes-json.ts';

/** A member that is always there and null where there is nothing to say. Costs less than `anyOf`. */
export const textOrNull = (description: string) =>
  Type.Unsafe<string | null>({ type: ['string', 'null'], description });
export const timeOrNull = (description: string) =>
  Type.Unsafe<string | null>({ type: ['string', 'null'], format: 'date-time', description });

const base64Mark = (of: string) =>
  Type.Optional(
    Type.Literal('base64', { description: `There where ${of} is base64: its bytes are no UTF-8.` }),
  );

/** How a stage ended, and what it wrote. */
const stageFields = {
  status: Type.String({ description: 'How it ended.' }),
  exit_code: Type.Integer({ description: '0 to 255; -1 where it did not end by itself.' }),
  signal: textOrNull('Such as SIGSEGV; null where no signal ended it.'),
  stdout: Type.String({ description: 'What it wrote, see stdout_truncated.' }),
  stdout_encoding: base64Mark('stdout'),
  stdout_truncated: Type.Boolean({ description: 'Whether it wrote more than this.' }),
  stderr: Type.String(),
  stderr_encoding: base64Mark('stderr'),
  stderr_truncated: Type.Boolean(),
  execution_time_ms: Type.Number({ description: 'Wall time.' }),
  cpu_time_ms: Type.Number(),
  memory_used_bytes: Type.Integer({ description: 'Most in use at once by all its processes.' }),
};

const phasesSchema = Type.Object(
  {
    scheduling_ms: Type.Number(),
    image_pull_ms: Type.Number(),
    container_create_ms: Type.Number(),
    process_start_ms: Type.Number(),
    app_init_ms: Type.Number(),
    total_ms: Type.Number(),
  },
  { description: 'Of the start of its sandbox.' },
);

const compileSchema = Type.Object(stageFields);

const nullable = <T>(schema: object) =>
  Type.Unsafe<T | null>({ ...schema, type: ['object', 'null'] });

/** On answers that were asked for with `cache: true`. */
export const cachedMark = Type.Optional(
  Type.Literal(true, {
    description: 'There where nothing was run: this is an earlier, equal execution, by its own id.',
  }),
);

/** Of an execution that has ended. */
export const resultSchema = Type.Object(
  {
    execution_id: Type.String(),
    cached: cachedMark,
    ...stageFields,
    status: Type.Enum([...terminalStatuses], { description: 'How it ended.' }),
    message: Type.String({ description: 'For people; empty where the status says it all.' }),
    retryable: Type.Boolean({ description: 'Whether another try could end differently.' }),
    attempt: Type.Integer(),
    last_output_sequence: Type.Integer({ description: '0 where it wrote nothing.' }),
    sandbox_id: Type.String(),
    node: Type.String(),
    from_warm_pool: Type.Boolean(),
    phases: nullable<Static<typeof phasesSchema>>(phasesSchema),
    language: Type.String(),
    version: Type.String({ description: 'Of the language, such as 3.11.2.' }),
    priority: Type.String(),
    correlation_id: Type.String(),
    user_id: Type.String(),
    queued_at: timeOrNull('When it was accepted.'),
    started_at: timeOrNull('Null where it never ran.'),
    finished_at: timeOrNull('When it ended.'),
    compile: nullable<Static<typeof compileSchema>>({
      ...compileSchema,
      description: 'The compile stage; null where the language has none.',
    }),
  },
  { title: 'Result' },
);

export type ResultJson = Static<typeof resultSchema>;

/** Complete output of the run, by stream, in place of the first 64 KiB that ride in the result. */
export interface CompleteOutput {
  readonly stdout: CapturedOutput;
  readonly stderr: CapturedOutput;
}

/** `output`: what was gathered beside the result; its own, which may be cut, unless given. */
export function resultJson(result: ExecutionResult, output?: CompleteOutput): ResultJson {
  return {
    execution_id: result.executionId,
    ...stageJson({ ...result, ...output }),
    status: statusOf(result.status),
    message: result.message,
    retryable: result.retryable,
    attempt: result.attempt,
    last_output_sequence: result.lastOutputSequence,
    sandbox_id: result.sandboxId,
    node: result.node,
    from_warm_pool: result.fromWarmPool,
    phases: result.phases === undefined ? null : phasesJson(result.phases),
    language: result.language,
    version: result.version,
    priority: result.priority,
    correlation_id: result.correlationId,
    user_id: result.userId,
    queued_at: timeJson(result.queuedAt),
    started_at: timeJson(result.startedAt),
    finished_at: timeJson(result.finishedAt),
    compile: result.compile === undefined ? null : stageJson(result.compile),
  };
}

/** ISO 8601, or null. */
export function timeJson(time: Date | undefined): string | null {
  return time?.toISOString() ?? null;
}

/** A status that is not known is a fault of the platform. */
function statusOf(status: string): ResultJson['status'] {
  return terminalStatuses.find((known) => known === status) ?? 'platform_error';
}

function stageJson(stage: CompileResult): Static<typeof compileSchema> {
  const stdout = captured(stage.stdout);
  const stderr = captured(stage.stderr);
  return {
    status: stage.status,
    exit_code: stage.exitCode,
    signal: stage.signal === '' ? null : stage.signal,
    stdout: stdout.text,
    ...(stdout.encoding !== undefined && { stdout_encoding: stdout.encoding }),
    stdout_truncated: stage.stdout?.truncated ?? false,
    stderr: stderr.text,
    ...(stderr.encoding !== undefined && { stderr_encoding: stderr.encoding }),
    stderr_truncated: stage.stderr?.truncated ?? false,
    execution_time_ms: stage.executionTimeMs,
    cpu_time_ms: stage.cpuTimeMs,
    memory_used_bytes: stage.memoryUsedBytes,
  };
}

/** Where output was cut, the rest of a character at its end does not make binary of a text. */
function captured(output: CapturedOutput | undefined) {
  if (output === undefined) return { text: '', encoding: undefined };
  const { data, truncated } = output;
  return textOrBase64(truncated ? data.subarray(0, wholeCharacters(data)) : data);
}

function phasesJson(phases: StartPhases): Static<typeof phasesSchema> {
  return {
    scheduling_ms: phases.schedulingMs,
    image_pull_ms: phases.imagePullMs,
    container_create_ms: phases.containerCreateMs,
    process_start_ms: phases.processStartMs,
    app_init_ms: phases.appInitMs,
    total_ms: phases.totalMs,
  };
}
