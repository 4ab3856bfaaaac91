// Bad input gets a typed error that names the field, whichever way it comes; nothing is lost.
import { randomUUID } from 'node:crypto';
import {
  AcquireSandboxRequest,
  DeadRequest,
  ExecutionServiceDefinition,
  fromJsonBytes,
  type PlatformError,
  SandboxServiceDefinition,
  SubmitRequest,
  subject,
  subjectFilter,
} from '@pilotlight/contracts';
import { connectRpc } from '@pilotlight/rpc';
import { describe, expect, it } from 'vitest';
import { expectCleanRun, refusalOf } from './behaviour-fixture.ts';
import { usePlatform } from './fixture.ts';

const code = 'echo hi';
const encoded = (text: string) => Buffer.from(text).toString('base64');
const tooLong = 'x'.repeat(1024 * 1024 + 1);
const files = (path: string) => [{ path, content: 'x', encoding: '' }];
const jsonFiles = (path: string) => [{ path, content: encoded('x') }];

type Bad = readonly [what: string, field: string, problem: RegExp];
/** One wrong request as gRPC and as NATS have it. */
type Both = readonly [...Bad, Partial<SubmitRequest>, Record<string, unknown>];

const bad: readonly Both[] = [
  ['neither code nor files', 'code', /one of them is needed/, { code: '' }, { code: undefined }],
  ['code and files', 'code', /not both/, { files: files('a') }, { files: jsonFiles('a') }],
  ['too much code', 'code', /1 MiB/, { code: tooLong }, { code: encoded(tooLong) }],
  ['too much stdin', 'stdin', /1 MiB/, { stdin: tooLong }, { stdin: encoded(tooLong) }],
  ['a short timeout', 'timeout', /1 to 30/, { timeout: -1 }, { timeout: -1 }],
  ['a long timeout', 'timeout', /1 to 30/, { timeout: 31 }, { timeout: 31 }],
  ['little memory', 'memory_limit', /64 to 512/, { memoryLimit: 63 }, { memory_limit: 63 }],
  ['much memory', 'memory_limit', /64 to 512/, { memoryLimit: 513 }, { memory_limit: 513 }],
  ['code not in base64', 'code', /base64/, { code: '%', encoding: 'base64' }, { code: '%' }],
  [
    'stdin not in base64',
    'stdin',
    /base64/,
    { code: '', stdin: '%', encoding: 'base64' },
    { stdin: '%' },
  ],
  [
    'too many arguments',
    'args',
    /256/,
    { args: Array(257).fill('') },
    { args: Array(257).fill('') },
  ],
  ['a NUL in an argument', 'args', /NUL/, { args: ['a\0'] }, { args: ['a\0'] }],
  ...['../../etc/x', '/etc/passwd', 'a/../../b', './a', 'a//b', 'a\0b', ''].map(
    (path): Both => [
      `the path ${JSON.stringify(path)}`,
      'files[0].path',
      /must/,
      { code: '', files: files(path) },
      { code: undefined, files: jsonFiles(path) },
    ],
  ),
];

const wrongOverNats: readonly (readonly [...Bad, Record<string, unknown> | string])[] = [
  ['a number for code', 'code', /a string/, { code: 7 }],
  ['a text for timeout', 'timeout', /a whole number/, { timeout: 'ten' }],
  ['arguments that are no list', 'args', /a list of strings/, { args: 'a' }],
  [
    'another priority than its subject',
    'priority',
    /the subject says "normal"/,
    { priority: 'high' },
  ],
  ['another language than its subject', 'language', /the subject says "shell"/, { language: 'sh' }],
  ['no JSON', '', /not JSON/, '{"code":'],
  ['no object', '', /not a JSON object/, '[1]'],
  ['an id that tries to be a subject', 'id', /1 to 64 letters/, { id: 'a.b.>' }],
];

describe('bad input', () => {
  const under = usePlatform({ driver: 'oci' });

  /** Publishes as anybody could and resolves with what exec.dead says about it. */
  async function deadLetter(message: Record<string, unknown> | string, language = 'shell') {
    const body = typeof message === 'string' ? message : JSON.stringify(message);
    const to = subject('executionRequest', { priority: 'normal', language });
    await under.bus.publish(to, Buffer.from(body));
    const stop = new AbortController();
    const filter = subjectFilter('executionDead');
    for await (const { data } of under.bus.follow('EXEC_DEAD', filter, 'first', stop.signal)) {
      const dead = fromJsonBytes(DeadRequest, data);
      if (Buffer.from(dead.payload).toString() === body) {
        stop.abort();
        return dead;
      }
    }
    throw new Error('The dead letters ended.');
  }

  async function rejected(id: string, reason: RegExp) {
    const result = await under.client.nats.result(id);
    expect(result).toMatchObject({ status: 'rejected', exitCode: -1, retryable: false });
    expect(result.message).toMatch(reason);
  }

  async function submit(request: Partial<SubmitRequest>) {
    const { apiKey: token, grpc: address } = under.platform.endpoints;
    const { client, close } = connectRpc(ExecutionServiceDefinition, { address, token });
    const base = { language: 'sh', userId: 'ann', code };
    return client.submit(SubmitRequest.fromPartial({ ...base, ...request })).finally(close);
  }

  function named(refusal: PlatformError, field: string, problem: RegExp) {
    expect(refusal.code).toBe('invalid_argument');
    expect(refusal.message).toMatch(problem);
    const details = refusal.details.filter((detail) => detail.field === field);
    expect({ field, details, all: refusal.details }).toMatchObject({ details: [{ field }] });
    expect(details[0]?.problem).toMatch(problem);
  }

  it.each(bad)('%s: gRPC names %s', async (_, field, problem, request) => {
    named(await refusalOf(submit(request)), field, problem);
  });

  it.each(bad)('%s: NATS names %s', async (_, field, problem, __, json) => {
    const id = randomUUID();
    const base = { id, user_id: 'ann', language: 'shell', priority: 'normal', code: encoded(code) };
    const { reason } = await deadLetter({ ...base, ...json });
    expect(reason).toContain(`${field}: `);
    expect(reason).toMatch(problem);
    await rejected(id, problem);
  });

  it.each(wrongOverNats)('%s: NATS names %s', async (_, field, problem, json) => {
    const base = { id: randomUUID(), user_id: 'ann', language: 'shell', code: encoded(code) };
    const { reason } = await deadLetter(typeof json === 'string' ? json : { ...base, ...json });
    expect(reason).toContain(field);
    expect(reason).toMatch(problem);
    await expectCleanRun(under.client);
  });

  it('an unknown language is answered with the known ones, both ways', async () => {
    const known = /"cobol" is not known; known are .*javascript, python, shell/;
    named(await refusalOf(submit({ language: 'cobol' })), 'language', known);
    const id = randomUUID();
    const json = { id, user_id: 'ann', language: 'cobol', code: encoded(code) };
    expect((await deadLetter(json, 'cobol')).reason).toMatch(known);
    await rejected(id, known);
  });

  it('everything wrong is told at once', async () => {
    const { details } = await refusalOf(submit({ code: '', timeout: 99, memoryLimit: 1 }));
    expect(details.map(({ field }) => field)).toEqual(['timeout', 'memory_limit', 'code']);
  });

  it('an id of somebody else and an id beside a key are refused', async () => {
    const executionId = randomUUID();
    await submit({ executionId });
    expect(await refusalOf(submit({ executionId, userId: 'bob' }))).toMatchObject({
      code: 'conflict',
    });
    const two = await refusalOf(submit({ executionId, idempotencyKey: 'k' }));
    named(two, 'idempotency_key', /not together/);
  });

  it.each<[string, Partial<AcquireSandboxRequest>, string, RegExp]>([
    [
      'an unknown template',
      { template: 'cobol' },
      'template',
      /known are javascript, python, shell/,
    ],
    ['no template', { template: '' }, 'template', /known are .*python/],
    [
      'much memory',
      { limits: { memoryMb: 2049, cpus: 0, pids: 0 } },
      'limits.memory_mb',
      /64 to 2048/,
    ],
    ['many cores', { limits: { memoryMb: 0, cpus: 99, pids: 0 } }, 'limits.cpus', /0.1 to 2/],
    ['few processes', { limits: { memoryMb: 0, cpus: 0, pids: 1 } }, 'limits.pids', /16 to 512/],
    ['a long life', { ttlSeconds: 86_401 }, 'ttl_seconds', /86400/],
    ['no idle time', { idleTimeoutSeconds: -1 }, 'idle_timeout_seconds', /1 to 86400/],
  ])('an acquire with %s is refused', async (_, wanted, field, problem) => {
    const { apiKey: token, grpc: address } = under.platform.endpoints;
    const { client, close } = connectRpc(SandboxServiceDefinition, { address, token });
    const request = { template: 'sh', userId: 'ann', ...wanted };
    const call = client.acquireSandbox(AcquireSandboxRequest.fromPartial(request)).finally(close);
    named(await refusalOf(call), field, problem);
  });

  it('an execution that nobody knows is not found', async () => {
    const id = randomUUID();
    expect(await refusalOf(under.client.get(id))).toMatchObject({ code: 'not_found' });
    expect(await refusalOf(under.client.cancel(id))).toMatchObject({ code: 'not_found' });
  });
});
