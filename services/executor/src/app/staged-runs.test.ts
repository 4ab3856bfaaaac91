import { PlatformError } from '@pilotlight/contracts';
import { beforeEach, describe, expect, it } from 'vitest';
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
import { otherMarkerMs } from './stage-watch.ts';

const mebibyte = 2 ** 20;
const exited = (code: number) => ({ kind: 'exited', code }) as const;
const textOf = (captured: { readonly data: Uint8Array } | undefined) =>
  Buffer.from(captured?.data ?? []).toString();

let node: TestNode;

beforeEach(() => {
  node = createTestNode();
  const compile = { timeout_seconds: 20, memory_mb: 512 };
  node.stock.setCatalogue(new Map([['cpp', { ...template('cpp'), compile }]]));
});

/** An attempt whose compiler runs. */
async function compiling(changed: Parameters<typeof runRequest>[1] = {}) {
  const run = node.runs.start({
    ...runRequest('e1', { language: 'cpp', ...changed }),
    template: 'cpp',
  });
  const started = await run.started;
  const sandbox = node.driver.sandbox(started?.sandboxId);
  const mark = (code: number) => {
    for (const stream of [sandbox.stdout, sandbox.stderr]) stream.write(sandbox.marker(code));
  };
  return { run, sandbox, mark };
}

/** One whose program runs. */
async function proceeding(changed: Parameters<typeof runRequest>[1] = {}) {
  const staged = await compiling(changed);
  staged.mark(0);
  await until(() => staged.sandbox.hasProceeded);
  return staged;
}

describe('a run with a compile stage', () => {
  it('tells output, time, cpu and memory of the stages apart', async () => {
    const { run, sandbox, mark } = await compiling();
    const { used } = sandbox;
    sandbox.stderr.write('warning');
    sandbox.used = {
      ...used,
      ...{ cpuTimeMs: used.cpuTimeMs + 700, memoryBytes: 3_000, peakMemoryBytes: 300 * mebibyte },
    };
    await quiet();
    node.clock.advance(900);
    mark(0);
    await until(() => sandbox.hasProceeded);
    sandbox.stdout.write('hello');
    sandbox.used = { ...sandbox.used, cpuTimeMs: sandbox.used.cpuTimeMs + 30 };
    await quiet();
    node.clock.advance(8);
    sandbox.finish(exited(3));
    const result = await run.finished;
    expect(result).toMatchObject({
      ...{ status: 'completed', exitCode: 3, message: '' },
      ...{ executionTimeMs: 8, cpuTimeMs: 30, memoryUsedBytes: 3_000 },
      compile: {
        ...{ status: 'completed', exitCode: 0, signal: '' },
        ...{ executionTimeMs: 900, cpuTimeMs: 700, memoryUsedBytes: 300 * mebibyte },
      },
    });
    expect([stdoutOf(result), textOf(result.stderr)]).toEqual(['hello', '']);
    expect([textOf(result.compile?.stdout), textOf(result.compile?.stderr)]).toEqual([
      ...['', 'warning'],
    ]);
    const chunks = await storedOutput(node.bus, 'e1');
    expect(chunks.map(({ sequence, stage, stream }) => [sequence, stage, stream])).toEqual([
      [1, 'compile', 'stderr'],
      [2, 'run', 'stdout'],
    ]);
    expect(result.lastOutputSequence).toBe(2);
  });

  it('has the program’s own limits in force before it lets it begin', async () => {
    const { run, sandbox, mark } = await compiling({ memoryLimit: 64, compileMemoryLimit: 300 });
    expect(sandbox.limits.memoryBytes).toBe(300 * mebibyte);
    expect(sandbox.hasProceeded).toBe(false);
    mark(0);
    await until(() => sandbox.hasProceeded);
    expect(sandbox.limits.memoryBytes).toBe(64 * mebibyte);
    sandbox.finish(exited(0));
    expect(await run.finished).toMatchObject({ status: 'completed' });
  });

  it('takes input when its program runs, and not while it is compiled', async () => {
    const { run, sandbox, mark } = await compiling({ interactive: true, stdin: Buffer.from('a') });
    const send = (text: string) => {
      const input = { $case: 'data', data: Buffer.from(text) } as const;
      return node.runs.sendInput({ executionId: 'e1', input }, new AbortController().signal);
    };
    await expect(send('early')).rejects.toMatchObject({
      ...{ code: 'failed_precondition', retry: { kind: 'after' } },
    });
    mark(0);
    await until(() => sandbox.hasProceeded);
    await send('b');
    expect(Buffer.concat([sandbox.stdin.read()]).toString()).toBe('ab');
    sandbox.finish(exited(0));
    expect(await run.finished).toMatchObject({ status: 'completed' });
    await expect(send('late')).rejects.toMatchObject({ retry: { kind: 'never' } });
  });

  it('does not compile where the compiler says so, and does not wait for the runner', async () => {
    const { run, sandbox, mark } = await compiling();
    sandbox.stderr.write('main.cpp:1: error');
    await quiet();
    mark(1);
    const result = await run.finished;
    expect(result).toMatchObject({
      ...{ status: 'compile_error', exitCode: -1, message: 'The compiler exited with 1.' },
      ...{ executionTimeMs: 0, cpuTimeMs: 0, memoryUsedBytes: 0, retryable: false },
      compile: { status: 'completed', exitCode: 1 },
    });
    expect(textOf(result.compile?.stderr)).toBe('main.cpp:1: error');
    expect(sandbox.hasProceeded).toBe(false);
    await until(() => node.registry.all().length === 0);
    await node.outbox.flushed();
    expect((await storedEvents(node.bus)).at(-1)).toMatchObject({
      ...{ type: 'stopped', stopReason: 'completed', executionStatus: 'compile_error' },
    });
  });

  it('is a compile error where the runner’s end is seen before its markers', async () => {
    const { run, sandbox } = await compiling();
    sandbox.finish(exited(1));
    expect(await run.finished).toMatchObject({
      ...{ status: 'compile_error', compile: { status: 'completed', exitCode: 1 } },
    });
  });

  it('ends a compiler at its wall time, and blames the sandbox’s end on a limit', async () => {
    const { run, sandbox } = await compiling({ compileTimeout: 5, timeout: 30 });
    sandbox.stdout.write('so far');
    await quiet();
    node.clock.advance(4_999);
    await quiet();
    expect(sandbox.kills).toBe(0);
    node.clock.advance(1);
    const result = await run.finished;
    expect(result).toMatchObject({
      ...{ status: 'compile_error', exitCode: -1 },
      message: expect.stringMatching(/compiled, it ran longer than its wall time of 5 s/),
      compile: { status: 'timeout', exitCode: -1, executionTimeMs: 5_000 },
    });
    expect(textOf(result.compile?.stdout)).toBe('so far');
    await until(() => node.registry.all().length === 0);
    await node.outbox.flushed();
    expect((await storedEvents(node.bus)).at(-1)).toMatchObject({ stopReason: 'resource_limit' });
  });

  it.each([
    ['memory', { oomKills: 1 }, 'out_of_memory'],
    ['processes', { pidsLimitHits: 1 }, 'pids_limit'],
    ['cpu time', { cpuTimeMs: 20_007 }, 'timeout'],
  ])('kills a compiler at the first look that sees too much: %s', async (_, used, status) => {
    const { run, sandbox } = await compiling();
    sandbox.used = { ...sandbox.used, ...used };
    node.clock.advance(20);
    await until(() => sandbox.kills > 0);
    expect(await run.finished).toMatchObject({ status: 'compile_error', compile: { status } });
  });

  it('starts the clock of the program when the program starts', async () => {
    const { run, sandbox, mark } = await compiling({ compileTimeout: 10, timeout: 2 });
    node.clock.advance(9_000);
    mark(0);
    await until(() => sandbox.hasProceeded);
    node.clock.advance(1_999);
    await quiet();
    expect(sandbox.kills).toBe(0);
    node.clock.advance(1);
    expect(await run.finished).toMatchObject({
      ...{ status: 'timeout', executionTimeMs: 2_000 },
      compile: { status: 'completed', executionTimeMs: 9_000 },
    });
  });

  it('does not charge the program for the cpu time of its compiler', async () => {
    const { run, sandbox, mark } = await compiling();
    sandbox.used = { ...sandbox.used, cpuTimeMs: sandbox.used.cpuTimeMs + 15_000 };
    mark(0);
    await until(() => sandbox.hasProceeded);
    sandbox.used = { ...sandbox.used, cpuTimeMs: sandbox.used.cpuTimeMs + 9_000 };
    node.clock.advance(20);
    await quiet();
    expect(sandbox.kills).toBe(0);
    sandbox.finish(exited(0));
    expect(await run.finished).toMatchObject({ status: 'completed', cpuTimeMs: 9_000 });
  });

  it('has one output limit for both stages', async () => {
    const { run, sandbox, mark } = await compiling();
    sandbox.stdout.write(Buffer.alloc(3 * mebibyte, 'c'));
    await quiet();
    mark(0);
    await until(() => sandbox.hasProceeded);
    sandbox.stdout.write(Buffer.alloc(2 * mebibyte, 'r'));
    await until(() => sandbox.kills > 0);
    const result = await run.finished;
    expect(result).toMatchObject({ status: 'output_limit', compile: { status: 'completed' } });
    expect(result.compile?.stdout).toMatchObject({ totalBytes: 3 * mebibyte, truncated: true });
    const chunks = await storedOutput(node.bus, 'e1');
    expect(chunks.reduce((sum, { data }) => sum + data.length, 0)).toBe(4 * mebibyte);
  });

  it('kills a compiler that writes too much', async () => {
    const { run, sandbox } = await compiling();
    sandbox.stderr.write(Buffer.alloc(5 * mebibyte, 'e'));
    expect(await run.finished).toMatchObject({
      ...{ status: 'compile_error', compile: { status: 'output_limit', exitCode: -1 } },
    });
  });

  it('goes on without the other marker after a moment, and then its bytes are the program’s', async () => {
    const { run, sandbox } = await compiling();
    sandbox.stderr.write('compiled');
    sandbox.stdout.write(sandbox.marker(0));
    await quiet();
    node.clock.advance(otherMarkerMs - 1);
    await quiet();
    expect(sandbox.hasProceeded).toBe(false);
    node.clock.advance(1);
    await until(() => sandbox.hasProceeded);
    sandbox.stderr.write('running');
    await quiet();
    sandbox.finish(exited(0));
    const result = await run.finished;
    expect([textOf(result.compile?.stderr), textOf(result.stderr)]).toEqual([
      ...['compiled', 'running'],
    ]);
  });

  it('gains nothing from a marker of its own: the rest runs on the program’s limits', async () => {
    const { run, sandbox } = await proceeding({ compileTimeout: 20, timeout: 1 });
    sandbox.stdout.write(`not yet ${sandbox.marker(0)}`);
    await quiet();
    node.clock.advance(1_000);
    const result = await run.finished;
    expect(result).toMatchObject({ status: 'timeout', compile: { executionTimeMs: 0 } });
    expect(stdoutOf(result)).toBe(`not yet ${sandbox.marker(0)}`);
  });

  it.each([
    ['the driver says so', 'resource_exhausted', 1],
    ['the limit is refused and more is in use', 'internal', 65 * mebibyte],
  ] as const)('is out of memory where compiling leaves no room: %s', async (_, code, inUse) => {
    const { run, sandbox, mark } = await compiling({ memoryLimit: 64 });
    sandbox.limitsProblem = new PlatformError(code, 'refused');
    sandbox.used = { ...sandbox.used, memoryBytes: inUse };
    mark(0);
    expect(await run.finished).toMatchObject({
      ...{ status: 'out_of_memory', message: 'It needed more than its 64 MB of memory.' },
      compile: { status: 'completed', exitCode: 0 },
    });
    expect(sandbox.hasProceeded).toBe(false);
  });

  it('is handed back where its limits cannot be set for another reason', async () => {
    const { run, sandbox, mark } = await compiling({ memoryLimit: 64 });
    sandbox.limitsProblem = new PlatformError('internal', 'refused');
    mark(0);
    await expect(run.finished).rejects.toMatchObject({ code: 'internal' });
    await until(() => node.registry.all().length === 0);
  });

  it('is cancelled while it compiles', async () => {
    const { run } = await compiling();
    node.runs.cancel('e1', 0);
    expect(await run.finished).toMatchObject({
      ...{ status: 'cancelled', exitCode: -1, compile: { status: 'cancelled', exitCode: -1 } },
    });
  });

  it('is cancelled between the stages', async () => {
    const { run, sandbox, mark } = await compiling();
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    sandbox.resetPeakMemory = () => held;
    mark(0);
    await quiet();
    node.runs.cancel('e1', 0);
    release();
    expect(await run.finished).toMatchObject({
      ...{ status: 'cancelled', compile: { status: 'completed' } },
    });
  });

  it('is the platform’s fault where the sandbox vanishes while it compiles', async () => {
    const { run, sandbox } = await compiling();
    sandbox.vanish();
    await quiet();
    node.clock.advance(1_000);
    expect(await run.finished).toMatchObject({
      ...{ status: 'platform_error', retryable: true, compile: { status: 'platform_error' } },
    });
  });

  it('shows until when it can last', async () => {
    const { run, sandbox } = await compiling({ compileTimeout: 7, timeout: 3 });
    const [record] = node.registry.all();
    expect(record?.expiresAt?.getTime()).toBe(node.clock.now().getTime() + 10_000);
    sandbox.finish(exited(1));
    await run.finished;
  });
});

describe('a run of an application', () => {
  it('is refused', async () => {
    const { entry: _, language: __, ...application } = template('flask');
    node.stock.setCatalogue(new Map([['flask', application]]));
    const run = node.runs.start({ ...runRequest('e1'), template: 'flask' });
    await expect(run.finished).rejects.toMatchObject({ code: 'invalid_argument' });
    expect(node.driver.created).toBe(0);
  });
});
