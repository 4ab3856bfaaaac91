// What reaches the program of an interactive run, and what is refused. The clock and the program's
// side of the pipe are the test's.
import { type ExecutionInput, limits, PlatformError } from '@pilotlight/contracts';
import { describe, expect, it } from 'vitest';
import { createTestNode, never, runRequest, type TestNode } from '../testing/test-node.ts';
import { quiet } from '../testing/until.ts';

type Input = NonNullable<ExecutionInput['input']>;

const data = (text: string | Uint8Array): Input => ({ $case: 'data', data: Buffer.from(text) });
const closed: Input = { $case: 'closed', closed: true };
const signal = (name: string): Input => ({ $case: 'signal', signal: name });

/** An interactive run whose program runs; `send` is a caller. */
async function interactive(given = '') {
  const node = createTestNode();
  const request = { interactive: true, stdin: Buffer.from(given) };
  const run = node.runs.start(runRequest('e1', request));
  const started = await run.started;
  return { node, run, sandbox: node.driver.sandbox(started?.sandboxId), send: sender(node) };
}

function sender(node: TestNode, executionId = 'e1') {
  return (input: Input | undefined, until = never) =>
    node.runs.sendInput({ executionId, input }, until);
}

const codeOf = (call: Promise<void>) =>
  call.then(
    () => 'sent',
    (error: unknown) => PlatformError.from(error).code,
  );

describe('input of an interactive run', () => {
  it('comes after what the request brought, in order, and ends when it is closed', async () => {
    const { sandbox, send } = await interactive('first ');
    expect(Buffer.from(sandbox.job ?? []).toString()).not.toContain('job/stdin');
    await send(data('second '));
    await send(data('thïrd'));
    await send(closed);
    await send(closed);
    expect(Buffer.concat(await sandbox.stdin.toArray()).toString()).toBe('first second thïrd');
    expect(await codeOf(send(data('more')))).toBe('failed_precondition');
  });

  it('is refused where the run is not interactive, unknown or over', async () => {
    const node = createTestNode();
    const run = node.runs.start(runRequest('e1', { stdin: Buffer.from('all of it') }));
    const started = await run.started;
    expect(await codeOf(sender(node)(data('more')))).toBe('failed_precondition');
    expect(await codeOf(sender(node, 'e2')(data('more')))).toBe('failed_precondition');
    const { sandbox, send } = await interactive();
    sandbox.finish({ kind: 'exited', code: 0 });
    await quiet();
    for (const input of [data('x'), closed, signal('SIGINT')]) {
      expect(await codeOf(send(input))).toBe('failed_precondition');
    }
    node.driver.sandbox(started?.sandboxId).finish({ kind: 'exited', code: 0 });
  });

  it('waits for a program that does not read, up to a bound', async () => {
    const { sandbox, send } = await interactive();
    const half = Buffer.alloc(limits.maxPendingInputBytes / 2, 'x');
    await send(data('taken by the pipe'));
    const waiting = [send(data(half)), send(data(half.subarray(64)))];
    await quiet();
    expect(await codeOf(send(data(half)))).toBe('resource_exhausted');
    // A signal does not wait behind what is not read.
    await send(signal('SIGINT'));
    expect(sandbox.signals).toEqual(['SIGINT']);
    sandbox.stdin.resume();
    await Promise.all(waiting);
    await send(data(half));
  });

  it('lets a caller go that waits for a program that ends', async () => {
    const { sandbox, send } = await interactive();
    await send(data('taken by the pipe'));
    const waiting = codeOf(send(data(Buffer.alloc(500_000))));
    sandbox.finish({ kind: 'exited', code: 0 });
    expect(await waiting).toBe('failed_precondition');
  });

  it('lets a caller go that does not wait any longer; what it sent stays in line', async () => {
    const { sandbox, send } = await interactive();
    await send(data('taken by the pipe '));
    const leaving = new AbortController();
    const left = codeOf(send(data(Buffer.alloc(500_000, 'x')), leaving.signal));
    leaving.abort(new PlatformError('deadline_exceeded', 'too late'));
    expect(await left).toBe('deadline_exceeded');
    const closing = send(closed);
    expect(Buffer.concat(await sandbox.stdin.toArray())).toHaveLength(500_018);
    await closing;
  });

  it('is bounded in all', async () => {
    const { sandbox, send } = await interactive();
    sandbox.stdin.resume();
    const piece = data(Buffer.alloc(limits.maxPendingInputBytes));
    for (let sent = 0; sent < limits.maxInputBytes; sent += limits.maxPendingInputBytes) {
      await send(piece);
    }
    await expect(send(data('x'))).rejects.toMatchObject({
      ...{ code: 'resource_exhausted', retry: { kind: 'never' } },
    });
    await send(closed);
  });

  it.each([
    ['nothing', undefined],
    ['more than can ever wait', data(Buffer.alloc(limits.maxPendingInputBytes + 1))],
    ['a signal that there is not', signal('SIGNONE')],
    ['a signal that only the kernel sends', signal('SIGSEGV')],
  ])('refuses %s', async (_, input) => {
    const { send } = await interactive();
    expect(await codeOf(send(input))).toBe('invalid_argument');
  });
});
