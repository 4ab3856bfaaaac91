import {
  ExecutionResult,
  PlatformError,
  type RunRequest,
  subject,
  toJsonBytes,
} from '@pilotlight/contracts';
import { describe, expect, it } from 'vitest';
import {
  createTestNode,
  runRequest,
  stdoutOf,
  storedEvents,
  storedOutput,
  type TestNode,
  template,
} from '../testing/test-node.ts';
import { quiet, until } from '../testing/until.ts';
import type { Watchable } from './run-attempt.ts';

const exited = (code: number) => ({ kind: 'exited', code }) as const;

/** An attempt whose program runs. */
async function running(node: TestNode, request: RunRequest) {
  const run = node.runs.start(request);
  const started = await run.started;
  return { run, started, sandbox: node.driver.sandbox(started?.sandboxId) };
}

async function failed(run: Watchable) {
  return run.finished.then(
    () => undefined,
    (error: unknown) => PlatformError.from(error),
  );
}

describe('a run', () => {
  it('reaches what its template may reach, from its first instruction on', async () => {
    const node = createTestNode();
    const online = { ...template('python'), network: 'egress' as const };
    node.stock.setCatalogue(new Map([['python', online]]));
    const { sandbox } = await running(node, runRequest('e1'));
    expect(sandbox.hasEgress).toBe(true);
    const plain = createTestNode();
    expect((await running(plain, runRequest('e2'))).sandbox.hasEgress).toBe(false);
  });

  it('hands over the job, stores output and result, and throws the sandbox away', async () => {
    const node = createTestNode();
    const { run, sandbox, started } = await running(node, runRequest('e1', { args: ['x'] }));
    expect(Buffer.from(sandbox.job ?? []).toString()).toContain('workspace/main.txt');
    sandbox.stdout.write('hello ');
    await quiet();
    sandbox.stdout.write('world');
    sandbox.used = { ...sandbox.used, cpuTimeMs: 27 };
    node.clock.advance(8);
    sandbox.finish(exited(3));
    const result = await run.finished;
    expect(result).toMatchObject({
      ...{ status: 'completed', exitCode: 3, cpuTimeMs: 20, executionTimeMs: 8, attempt: 1 },
      ...{ sandboxId: started?.sandboxId, lastOutputSequence: 2, retryable: false },
    });
    expect(stdoutOf(result)).toBe('hello world');
    const chunks = await storedOutput(node.bus, 'e1');
    expect(chunks.map(({ data }) => Buffer.from(data).toString())).toEqual(['hello ', 'world']);
    await until(() => node.registry.all().length === 0);
    await node.outbox.flushed();
    expect((await storedEvents(node.bus)).at(-1)).toMatchObject({
      ...{ type: 'stopped', stopReason: 'completed', executionId: 'e1' },
      executionStatus: 'completed',
    });
  });

  it('happens once for an attempt, however often and late it is ordered', async () => {
    const node = createTestNode();
    const { run, sandbox } = await running(node, runRequest('e1'));
    const joined = node.runs.start(runRequest('e1'));
    sandbox.finish(exited(0));
    expect(await joined.finished).toBe(await run.finished);
    expect(await node.runs.start(runRequest('e1')).finished).toBe(await run.finished);
    expect(node.driver.created).toBe(1);
  });

  it('reports the result of whoever was first', async () => {
    const node = createTestNode();
    const { run, sandbox } = await running(node, runRequest('e1'));
    const first = ExecutionResult.fromPartial({ executionId: 'e1', status: 'timeout', attempt: 2 });
    await node.bus.publish(
      subject('executionResult', { id: 'e1' }),
      toJsonBytes(ExecutionResult, first),
    );
    sandbox.finish(exited(0));
    expect(await run.finished).toMatchObject({ status: 'timeout', attempt: 2 });
  });

  it('ends at its wall time with what it wrote so far', async () => {
    const node = createTestNode();
    const { run, sandbox } = await running(node, runRequest('e1', { timeout: 2 }));
    sandbox.stdout.write('partial');
    await quiet();
    node.clock.advance(1_999);
    expect(sandbox.kills).toBe(0);
    node.clock.advance(1);
    const result = await run.finished;
    expect(result).toMatchObject({ status: 'timeout', exitCode: -1, executionTimeMs: 2_000 });
    expect(stdoutOf(result)).toBe('partial');
  });

  it.each([
    ['memory', { oomKills: 1 }, 'out_of_memory'],
    ['processes', { pidsLimitHits: 1 }, 'pids_limit'],
    ['cpu time', { cpuTimeMs: 10_007 }, 'timeout'],
  ])('is killed at the first look that sees too much: %s', async (_, used, status) => {
    const node = createTestNode();
    const { run, sandbox } = await running(node, runRequest('e1'));
    sandbox.used = { ...sandbox.used, ...used };
    node.clock.advance(20);
    await until(() => sandbox.kills > 0);
    expect(await run.finished).toMatchObject({ status, exitCode: -1 });
  });

  it('is out of memory where only its children were killed and nobody looked in time', async () => {
    const node = createTestNode();
    const { run, sandbox } = await running(node, runRequest('e1'));
    sandbox.used = { ...sandbox.used, oomKills: 2 };
    sandbox.finish(exited(0));
    expect(await run.finished).toMatchObject({ status: 'out_of_memory' });
  });

  it('is killed when it writes too much, and every byte within the limit is kept', async () => {
    const node = createTestNode();
    const { run, sandbox } = await running(node, runRequest('e1'));
    sandbox.stdout.write(Buffer.alloc(5 * 2 ** 20, 'a'));
    await until(() => sandbox.kills > 0);
    const result = await run.finished;
    expect(result).toMatchObject({ status: 'output_limit', stdout: { truncated: true } });
    expect(result.stdout?.data.length).toBe(64 * 1024);
    const chunks = await storedOutput(node.bus, 'e1');
    expect(chunks.reduce((sum, { data }) => sum + data.length, 0)).toBe(4 * 2 ** 20);
    expect(chunks.map(({ sequence }) => sequence)).toEqual(chunks.map((_, index) => index + 1));
  });

  it('is the platform’s fault where the sandbox vanishes', async () => {
    const node = createTestNode();
    const { run, sandbox } = await running(node, runRequest('e1'));
    sandbox.vanish();
    await quiet();
    node.clock.advance(1_000);
    expect(await run.finished).toMatchObject({ status: 'platform_error', retryable: true });
  });

  it('is not delayed by somebody who holds its streams open', async () => {
    const node = createTestNode();
    const { run, sandbox } = await running(node, runRequest('e1'));
    sandbox.stdout.write('x');
    sandbox.stdout.end = () => sandbox.stdout;
    sandbox.finish(exited(0));
    await quiet();
    node.clock.advance(1_000);
    expect(await run.finished).toMatchObject({ status: 'completed', exitCode: 0 });
  });

  it('loses nothing when the bus goes away in the middle', async () => {
    const node = createTestNode();
    const { run, sandbox } = await running(node, runRequest('e1'));
    sandbox.stdout.write('before ');
    await quiet();
    node.bus.setStatus('disconnected');
    sandbox.stdout.write('meanwhile ');
    node.clock.advance(10);
    await quiet();
    sandbox.stderr.write('after');
    sandbox.finish(exited(0));
    await quiet();
    node.clock.advance(1_000);
    node.bus.setStatus('connected');
    await until(() => {
      node.clock.advance(100);
      return node.runs.size === 0;
    });
    expect((await run.finished).lastOutputSequence).toBe(3);
    const chunks = await storedOutput(node.bus, 'e1');
    expect(chunks.map(({ data }) => Buffer.from(data).toString())).toEqual([
      ...['before ', 'meanwhile ', 'after'],
    ]);
    expect(chunks.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
  });

  it('can be cancelled while it waits for a sandbox', async () => {
    const node = createTestNode();
    node.driver.isPrompt = false;
    const run = node.runs.start(runRequest('e1'));
    expect(node.runs.cancel('e1', 0)).toHaveLength(1);
    expect(await run.finished).toMatchObject({ status: 'cancelled', sandboxId: '', exitCode: -1 });
    expect(await run.started).toBeUndefined();
    expect(node.runs.cancel('e1', 0)).toEqual([]);
  });

  it('can be cancelled while it runs', async () => {
    const node = createTestNode();
    const { run, sandbox } = await running(node, runRequest('e1'));
    expect(node.runs.cancel('e1', 2)).toEqual([]);
    const [ended] = node.runs.cancel('e1', 1);
    expect(await ended).toMatchObject({ status: 'cancelled' });
    expect(await run.finished).toMatchObject({ status: 'cancelled', exitCode: -1 });
    expect(sandbox.kills).toBeGreaterThan(0);
  });

  it('is refused where every slot is taken, and leaves no result', async () => {
    const node = createTestNode({ runSlots: 1 });
    await running(node, runRequest('e1'));
    expect(() => node.runs.start(runRequest('e2'))).toThrow(
      expect.objectContaining({ code: 'resource_exhausted' }),
    );
    expect(node.runs.list()).toEqual([{ executionId: 'e1', attempt: 1 }]);
  });

  it('is handed back without a result where no sandbox can be made', async () => {
    const node = createTestNode();
    node.driver.isPrompt = false;
    const run = node.runs.start(runRequest('e1'));
    node.driver.pending[0]?.fail(new PlatformError('unavailable', 'no python here'));
    expect(await failed(run)).toMatchObject({ code: 'unavailable' });
    const results = await node.bus.readLast(
      'EXEC_RESULTS',
      subject('executionResult', { id: 'e1' }),
    );
    expect(results).toBeUndefined();
    expect(node.runs.size).toBe(0);
  });

  it('sets only limits that differ from the template’s', async () => {
    const node = createTestNode();
    const { sandbox } = await running(node, runRequest('e1', { memoryLimit: 128 }));
    expect(sandbox.limits).toMatchObject({ memoryBytes: 128 * 2 ** 20 });
  });
});
