import {
  CompileResult,
  ExecutionRequest,
  ExecutionResult,
  fromJsonBytes,
  OutputChunk,
  subject,
  toJsonBytes,
} from '@pilotlight/contracts';
import { createMemoryBus, type MemoryBus } from '@pilotlight/messaging';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPublisher } from './publisher.ts';
import { chunk } from './testing/messages.ts';

let bus: MemoryBus;

beforeEach(() => {
  bus = createMemoryBus();
});

afterEach(() => bus.close());

const id = 'run-1';

function writes(given: { attempt?: number; sequence?: number; stage?: string; text: string }) {
  const message = toJsonBytes(OutputChunk, chunk({ executionId: id, ...given }));
  return bus.publish(subject('executionOutput', { id }), message);
}

function ends(result: Partial<ExecutionResult>) {
  const message = ExecutionResult.create({ executionId: id, status: 'completed', ...result });
  return bus.publish(subject('executionResult', { id }), toJsonBytes(ExecutionResult, message));
}

describe('publish', () => {
  it('is acknowledged, and the same id is not accepted twice', async () => {
    const { publish } = createPublisher(bus);
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const request = { id, language: 'python', code: 'print(1)', userId: 'ada', traceparent };
    expect(await publish(request)).toMatchObject({ id, duplicate: false });
    expect(await publish(request)).toMatchObject({ id, duplicate: true });
    const where = subject('executionRequest', { priority: 'normal', language: 'python' });
    const stored = await bus.readLast('EXEC_STANDARD', where);
    const message = fromJsonBytes(ExecutionRequest, stored?.data ?? new Uint8Array());
    expect(Buffer.from(message.code).toString()).toBe('print(1)');
    expect(message.traceparent).toBe(traceparent);
  });

  it('chooses an id and goes to the stream of its priority', async () => {
    const { publish } = createPublisher(bus);
    const accepted = await publish({ language: 'js', code: '1', userId: 'a', priority: 'high' });
    expect(accepted.id).toMatch(/^[0-9a-f-]{36}$/);
    expect((await bus.count('EXEC_PRIORITY', 'exec.request.>')).size).toBe(1);
  });
});

describe("publish with a project's credentials", () => {
  it("goes on the project's own subject", async () => {
    const { publish } = createPublisher(bus, { project: 'acme' });
    await publish({ language: 'python', code: '1', priority: 'low' });
    const counted = await bus.count('EXEC_STANDARD', '>');
    expect([...counted.keys()]).toEqual(['exec.project.acme.low.python']);
  });
});

describe('result', () => {
  it('comes whether it was stored before or after the question', async () => {
    const { result } = createPublisher(bus);
    const asked = result(id);
    await ends({ exitCode: 4 });
    expect((await asked).exitCode).toBe(4);
    expect((await result(id)).exitCode).toBe(4);
  });

  it('rejects when the wait is called off', async () => {
    const { result } = createPublisher(bus);
    await expect(result(id, AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('follow', () => {
  it('streams output and takes the rest from the result', async () => {
    const { follow } = createPublisher(bus);
    await writes({ text: 'one ' });
    await ends({ stdout: { data: Buffer.from('one two'), totalBytes: 7, truncated: false } });
    expect(await follow(id)).toMatchObject({ status: 'completed', stdout: 'one two' });
  });

  it('shows one attempt only, the last', async () => {
    const { follow } = createPublisher(bus);
    await writes({ attempt: 1, text: 'lost' });
    await writes({ attempt: 2, text: 'kept' });
    await writes({ attempt: 1, sequence: 2, text: 'late' });
    const restarts: number[] = [];
    const following = follow(id, { onRestart: (attempt) => restarts.push(attempt) });
    await ends({ attempt: 2, lastOutputSequence: 1 });
    expect(await following).toMatchObject({ stdout: 'kept' });
    expect(restarts).toEqual([2]);
  });

  it.each([
    ['fits in it', { data: Buffer.from('a1 b1'), totalBytes: 5, truncated: false }],
    ['does not fit in it', { data: Buffer.from('a1'), totalBytes: 5, truncated: true }],
  ])('starts over for a result of an earlier attempt whose output %s', async (_, stdout) => {
    const { follow } = createPublisher(bus);
    await writes({ attempt: 1, sequence: 1, text: 'a1 ' });
    await writes({ attempt: 2, sequence: 1, text: 'a2 ' });
    await writes({ attempt: 1, sequence: 2, text: 'b1' });
    const restarts: number[] = [];
    const following = follow(id, { onRestart: (attempt) => restarts.push(attempt) });
    await ends({ attempt: 1, lastOutputSequence: 2, stdout });
    expect(await following).toMatchObject({ stdout: 'a1 b1' });
    expect(restarts).toEqual([2, 1]);
  });

  it('reads chunks past what fits in the result', async () => {
    const { follow } = createPublisher(bus);
    await writes({ sequence: 1, text: 'long ' });
    await ends({
      attempt: 1,
      lastOutputSequence: 2,
      stdout: { data: Buffer.from('long '), totalBytes: 11, truncated: true },
    });
    const following = follow(id);
    await writes({ sequence: 2, text: 'output' });
    expect(await following).toMatchObject({ stdout: 'long output' });
  });

  it('waits for compile output past what fits in the result, and keeps the stages apart', async () => {
    const { follow } = createPublisher(bus);
    const whole = { data: Buffer.from('hi'), totalBytes: 2, truncated: false };
    await writes({ sequence: 1, stage: 'compile', text: 'note: ' });
    await ends({
      ...{ attempt: 1, lastOutputSequence: 3, stdout: whole },
      compile: CompileResult.create({
        ...{ status: 'completed', exitCode: 0 },
        stdout: { data: Buffer.from('note: '), totalBytes: 10, truncated: true },
      }),
    });
    const following = follow(id);
    await writes({ sequence: 2, stage: 'compile', text: 'long' });
    await writes({ sequence: 3, stage: 'run', text: 'hi' });
    expect(await following).toMatchObject({
      ...{ stdout: 'hi', compile: { status: 'completed', exitCode: 0, stdout: 'note: long' } },
    });
  });

  it('ends with what the result has where the chunks are gone', async () => {
    const { follow } = createPublisher(bus);
    await ends({ stdout: { data: Buffer.from('head'), totalBytes: 99, truncated: true } });
    expect(await follow(id)).toMatchObject({ stdout: 'head' });
  });
});
