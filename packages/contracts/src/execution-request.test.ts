import { describe, expect, test } from 'vitest';
import { fromSubmitRequest, parseExecutionRequest, templateProblems } from './execution-request.ts';
import { ExecutionRequest, SubmitRequest } from './gen/pilotlight/v1/execution.ts';
import type { Template } from './template.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const good = { id: 'run-1', language: 'python', code: base64('print(1)') };
const given = { id: 'chosen', now: new Date(0), traceparent: '' };

describe('parseExecutionRequest', () => {
  test('fills in the defaults of the seed', () => {
    const parsed = parseExecutionRequest(good);
    expect(parsed).toMatchObject({
      ok: true,
      value: { id: 'run-1', priority: 'normal', timeout: 10 },
    });
  });

  test('leaves to the template what is the template’s', () => {
    expect(parseExecutionRequest(good)).toMatchObject({
      value: { memoryLimit: 0, compileTimeout: 0, compileMemoryLimit: 0 },
    });
  });

  test('decodes base64 code and stdin', () => {
    const parsed = parseExecutionRequest({ ...good, stdin: base64('in') });
    expect(parsed.ok && Buffer.from(parsed.value.code).toString()).toBe('print(1)');
    expect(parsed.ok && Buffer.from(parsed.value.stdin).toString()).toBe('in');
  });

  const file = { path: 'a.py', content: base64('1') };
  const refused: readonly [string, Record<string, unknown>, string][] = [
    ['an id with a dot', { id: 'a.b' }, 'id'],
    ['an id that is a wildcard', { id: '>' }, 'id'],
    ['a missing language', { language: undefined }, 'language'],
    ['neither code nor files', { code: undefined }, 'code'],
    ['both code and files', { files: [file] }, 'code'],
    ['code that is not base64', { code: 'print(1)' }, 'code'],
    ['stdin that is not base64', { stdin: '***' }, 'stdin'],
    ['an unknown priority', { priority: 'urgent' }, 'priority'],
    ['a timeout past the limit', { timeout: 31 }, 'timeout'],
    ['a negative timeout', { timeout: -1 }, 'timeout'],
    ['a fractional timeout', { timeout: 1.5 }, 'timeout'],
    ['too little memory', { memory_limit: 63 }, 'memory_limit'],
    ['too much time to compile', { compile_timeout: 61 }, 'compile_timeout'],
    ['a text for the time to compile', { compile_timeout: '5' }, 'compile_timeout'],
    ['too little memory to compile', { compile_memory_limit: 63 }, 'compile_memory_limit'],
    ['too much memory to compile', { compile_memory_limit: 2_049 }, 'compile_memory_limit'],
    ['half a megabyte', { compile_memory_limit: 64.5 }, 'compile_memory_limit'],
    ['a number for a string', { user_id: 7 }, 'user_id'],
    ['a date that is none', { created_at: 'soon' }, 'created_at'],
    ['args that are no list', { args: 'x' }, 'args'],
    ['files that are no list', { files: {} }, 'files'],
    ['code over 1 MiB', { code: Buffer.alloc(1024 * 1024 + 1).toString('base64') }, 'code'],
    ['a path that escapes', { code: '', files: [{ ...file, path: '../a' }] }, 'files[0].path'],
    ['an absolute path', { code: '', files: [{ ...file, path: '/a' }] }, 'files[0].path'],
    ['a path given twice', { code: '', files: [file, file] }, 'files[1].path'],
    [
      'file content not base64',
      { code: '', files: [{ path: 'a', content: '*' }] },
      'files[0].content',
    ],
  ];
  test.each(refused)('refuses %s and names the field', (_, change, field) => {
    const parsed = parseExecutionRequest({ ...good, ...change });
    expect(parsed.ok ? [] : parsed.problems.map((problem) => problem.field)).toContain(field);
  });

  test('reports every problem at once', () => {
    const parsed = parseExecutionRequest({ ...good, id: '', timeout: 99, memory_limit: 1 });
    expect(parsed.ok ? 0 : parsed.problems.length).toBe(3);
  });
});

describe('fromSubmitRequest', () => {
  test('takes plain text and chooses the id that it is given', () => {
    const parsed = fromSubmitRequest(
      SubmitRequest.create({ language: 'python', code: 'print("é")' }),
      given,
    );
    expect(parsed.ok && parsed.value.id).toBe('chosen');
    expect(parsed.ok && Buffer.from(parsed.value.code).toString()).toBe('print("é")');
  });

  test('takes base64 where the caller says so', () => {
    const submit = SubmitRequest.create({ language: 'python', code: 'AP8=', encoding: 'base64' });
    const parsed = fromSubmitRequest(submit, given);
    expect(parsed.ok && [...parsed.value.code]).toEqual([0, 255]);
  });

  test('refuses an encoding that it does not know', () => {
    const submit = SubmitRequest.create({ language: 'python', code: 'x', encoding: 'rot13' });
    const parsed = fromSubmitRequest(submit, given);
    expect(parsed.ok ? [] : parsed.problems.map((problem) => problem.field)).toContain('encoding');
  });
});

describe('templateProblems', () => {
  const limits = { memory_mb: 256, min_memory_mb: 128, cpus: 1, pids: 64, open_files: 256 };
  const java: Template = {
    ...{ name: 'java', description: 'Java', language: 'java', aliases: [], image: 'java' },
    ...{ toolchains: [], env: {}, files: [], entry: 'Main.java' },
    ...{ isolation: 'default', network: 'none', reuse: 'never' },
    runner: { argv: ['java'], files: [] },
    limits: { ...limits, workspace_mb: 64 },
  };
  const compiled: Template = { ...java, compile: { timeout_seconds: 20, memory_mb: 512 } };

  test.each<[Template, Partial<ExecutionRequest>, string[]]>([
    [java, {}, []],
    [java, { memoryLimit: 128 }, []],
    [java, { memoryLimit: 127 }, ['memory_limit']],
    [java, { compileMemoryLimit: 64 }, []],
    [
      compiled,
      { memoryLimit: 64, compileMemoryLimit: 64 },
      ['memory_limit', 'compile_memory_limit'],
    ],
  ])('case %#', (template, change, fields) => {
    const problems = templateProblems(ExecutionRequest.fromPartial(change), template);
    expect(problems.map(({ field }) => field)).toEqual(fields);
    for (const { problem } of problems) expect(problem).toBe('must be at least 128 MB for java');
  });
});
