import { describe, expect, test } from 'vitest';
import { fromSubmitRequest, parseExecutionRequest } from './execution-request.ts';
import { SubmitRequest } from './gen/pilotlight/v1/execution.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const good = { id: 'run-1', language: 'python', code: base64('print(1)') };
const given = { id: 'chosen', now: new Date(0), traceparent: '' };

describe('parseExecutionRequest', () => {
  test('fills in the defaults of the seed', () => {
    const parsed = parseExecutionRequest(good);
    expect(parsed).toMatchObject({
      ok: true,
      value: { id: 'run-1', priority: 'normal', timeout: 10, memoryLimit: 256 },
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
