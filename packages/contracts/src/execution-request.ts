// What makes an execution request acceptable, whichever way it came. Every problem is reported at
// once and by the name that the caller used.
import type { FieldError } from './errors.ts';
import { ExecutionRequest, type SubmitRequest } from './gen/pilotlight/v1/execution.ts';
import { tokenProblem } from './ids.ts';
import * as limits from './limits.ts';
import { pathProblem } from './paths.ts';
import type { Template } from './template.ts';
import { priorities } from './vocabulary.ts';

/** A value, or everything that is wrong with it. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly FieldError[] };

/**
 * Reads the JSON of `exec.request.*`. Strict where the generated reader is lenient: base64 and
 * types are checked before anything is converted. Priority and timeout are filled in; limits that are
 * the template's to say stay 0.
 */
export function parseExecutionRequest(json: Record<string, unknown>): Parsed<ExecutionRequest> {
  const problems = [...typeProblems(json), ...base64Problems(json)];
  if (problems.length > 0) return { ok: false, problems };
  return checked(ExecutionRequest.fromJSON(json));
}

/** Reads the plain-text form of gRPC and REST. `id` is used where the caller chose none. */
export function fromSubmitRequest(
  submit: SubmitRequest,
  given: { readonly id: string; readonly now: Date; readonly traceparent: string },
): Parsed<ExecutionRequest> {
  const problems: FieldError[] = [];
  const decode = (field: string, text: string, encoding: string) => {
    if (encoding === '' || encoding === 'utf8') return Buffer.from(text);
    if (encoding !== 'base64')
      problems.push({ field: 'encoding', problem: 'must be utf8 or base64' });
    else if (!isBase64(text)) problems.push({ field, problem: 'is not base64' });
    return Buffer.from(text, 'base64');
  };
  const request = ExecutionRequest.create({
    ...submit,
    id: submit.executionId === '' ? given.id : submit.executionId,
    code: decode('code', submit.code, submit.encoding),
    stdin: decode('stdin', submit.stdin, submit.encoding),
    files: submit.files.map((file, index) => ({
      path: file.path,
      content: decode(`files[${index}].content`, file.content, file.encoding),
    })),
    createdAt: given.now,
    traceparent: given.traceparent,
  });
  return problems.length > 0 ? { ok: false, problems } : checked(request);
}

/**
 * What the template that was found makes of a request: a limit that the language cannot even start
 * with is refused. To be asked once the language is known.
 */
export function templateProblems(request: ExecutionRequest, template: Template): FieldError[] {
  const { min_memory_mb: least } = template.limits;
  const asked: [string, number][] = [['memory_limit', request.memoryLimit]];
  if (template.compile !== undefined) {
    asked.push(['compile_memory_limit', request.compileMemoryLimit]);
  }
  return asked
    .filter(([, megabytes]) => megabytes !== 0 && megabytes < least)
    .map(([field]) => ({ field, problem: `must be at least ${least} MB for ${template.name}` }));
}

function checked(request: ExecutionRequest): Parsed<ExecutionRequest> {
  const complete: ExecutionRequest = {
    ...request,
    priority: request.priority === '' ? 'normal' : request.priority,
    timeout: limits.orDefault(request.timeout, limits.timeoutSeconds),
  };
  const problems = [...fieldProblems(complete), ...sourceProblems(complete)];
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: complete };
}

function fieldProblems(request: ExecutionRequest): FieldError[] {
  const problems = [tokenProblem('id', request.id), tokenProblem('language', request.language)];
  const say = (field: string, problem: string) => problems.push({ field, problem });
  if (!priorities.some((known) => known === request.priority)) {
    say('priority', `must be one of ${priorities.join(', ')}`);
  }
  for (const { field, value, bounds, unit } of numbersOf(request)) {
    if (limits.withinBounds(value, bounds)) continue;
    say(field, `must be ${bounds.min} to ${bounds.max} ${unit}`);
  }
  if (request.stdin.length > limits.maxStdinBytes) say('stdin', 'must be at most 1 MiB');
  const argsBytes = request.args.reduce((sum, arg) => sum + Buffer.byteLength(arg) + 1, 0);
  if (request.args.length > limits.maxArgs || argsBytes > limits.maxArgsBytes) {
    say('args', `must be at most ${limits.maxArgs} and ${limits.maxArgsBytes} bytes`);
  }
  if (request.args.some((arg) => arg.includes('\0'))) say('args', 'must not contain NUL');
  return problems.filter((problem) => problem !== undefined);
}

function numbersOf(request: ExecutionRequest) {
  const { timeoutSeconds, memoryMb, compileTimeoutSeconds, compileMemoryMb } = limits;
  return [
    { field: 'timeout', value: request.timeout, bounds: timeoutSeconds, unit: 'seconds' },
    { field: 'memory_limit', value: request.memoryLimit, bounds: memoryMb, unit: 'MB' },
    {
      ...{ field: 'compile_timeout', value: request.compileTimeout },
      ...{ bounds: compileTimeoutSeconds, unit: 'seconds' },
    },
    {
      ...{ field: 'compile_memory_limit', value: request.compileMemoryLimit },
      ...{ bounds: compileMemoryMb, unit: 'MB' },
    },
  ];
}

function sourceProblems(request: ExecutionRequest): FieldError[] {
  const problems: FieldError[] = [];
  const hasCode = request.code.length > 0;
  if (hasCode === request.files.length > 0) {
    const which = hasCode ? 'not both' : 'one of them is needed';
    problems.push({ field: 'code', problem: `either code or files: ${which}` });
  }
  if (request.files.length > limits.maxFiles) {
    problems.push({ field: 'files', problem: `must be at most ${limits.maxFiles}` });
  }
  const bytes = request.files.reduce((sum, file) => sum + file.content.length, request.code.length);
  if (bytes > limits.maxSourceBytes) {
    problems.push({ field: hasCode ? 'code' : 'files', problem: 'must be at most 1 MiB' });
  }
  const seen = new Set<string>();
  for (const [index, file] of request.files.entries()) {
    const problem = seen.has(file.path) ? 'is given twice' : pathProblem(file.path);
    if (problem !== undefined) problems.push({ field: `files[${index}].path`, problem });
    seen.add(file.path);
  }
  return problems;
}

const stringFields = ['id', 'user_id', 'language', 'version', 'code', 'stdin', 'priority'];
const moreStringFields = ['correlation_id', 'traceparent', 's3_bucket'];
const numberFields = ['timeout', 'memory_limit', 'compile_timeout', 'compile_memory_limit'];

function typeProblems(json: Record<string, unknown>): FieldError[] {
  const problems: FieldError[] = [];
  const expect = (field: string, holds: boolean, what: string) => {
    if (!holds) problems.push({ field, problem: `must be ${what}` });
  };
  for (const field of [...stringFields, ...moreStringFields]) {
    expect(field, isAbsent(json[field]) || typeof json[field] === 'string', 'a string');
  }
  for (const field of numberFields) {
    expect(field, isAbsent(json[field]) || Number.isInteger(json[field]), 'a whole number');
  }
  const { interactive } = json;
  const isSwitch = isAbsent(interactive) || typeof interactive === 'boolean';
  expect('interactive', isSwitch, 'true or false');
  const createdAt = json['created_at'];
  const isTime = typeof createdAt === 'string' && !Number.isNaN(Date.parse(createdAt));
  expect('created_at', isAbsent(createdAt) || isTime, 'an RFC 3339 time');
  const { args, files } = json;
  const isArgs = Array.isArray(args) && args.every((arg) => typeof arg === 'string');
  expect('args', isAbsent(args) || isArgs, 'a list of strings');
  const isFiles = Array.isArray(files) && files.every(isFileJson);
  expect('files', isAbsent(files) || isFiles, 'a list of {path, content} with base64 content');
  return problems;
}

function base64Problems(json: Record<string, unknown>): FieldError[] {
  const files = Array.isArray(json['files']) ? json['files'] : [];
  const texts = new Map<string, unknown>([
    ['code', json['code']],
    ['stdin', json['stdin']],
    ...files.map((file, index): [string, unknown] => [
      `files[${index}].content`,
      isFileJson(file) ? file.content : undefined,
    ]),
  ]);
  return [...texts]
    .filter(([, text]) => typeof text === 'string' && !isBase64(text))
    .map(([field]) => ({ field, problem: 'is not base64' }));
}

function isFileJson(file: unknown): file is { path: string; content: string } {
  if (typeof file !== 'object' || file === null) return false;
  const { path, content } = file as Record<string, unknown>;
  return typeof path === 'string' && (content === undefined || typeof content === 'string');
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

const base64Pattern = /^[A-Za-z0-9+/]*={0,2}$/;

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && base64Pattern.test(text);
}
