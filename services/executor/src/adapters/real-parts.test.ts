// One executor on the real things: the OCI runtime of this host and a nats-server of its own.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import {
  ExecutionResult,
  fromJsonBytes,
  type SandboxAddress,
  SandboxEvent,
  subject,
  type Template,
} from '@pilotlight/contracts';
import { Scope, systemClock } from '@pilotlight/lifecycle';
import { type Bus, connectBus } from '@pilotlight/messaging';
import { startNatsServer } from '@pilotlight/messaging/testing';
import { openDriver, PackageLayers } from '@pilotlight/sandbox-runtime';
import { slowness } from '@pilotlight/telemetry/test-slowness';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventOutbox } from '../app/event-outbox.ts';
import { runExec } from '../app/exec-session.ts';
import { createExecutor, type Executor } from '../app/executor.ts';
import { platformVersion, toolchainPathOf } from '../config.ts';
import { leaseRequest, never, runRequest, stdoutOf, template } from '../testing/test-node.ts';
import { createBusEventLog, createBusOutputLog } from './bus-logs.ts';
import { createBusResultStore } from './bus-result-store.ts';
import { openHttpProbe } from './http-probe.ts';

const address: SandboxAddress = { node: 'test', incarnation: 'real' };
const silent = () => undefined;
const log = { info: silent, warn: silent, error: silent };
const clock = systemClock;

const scope = new Scope();
let bus: Bus;
let outbox: EventOutbox;
let node: Executor;

function python(): Template {
  const read = (path: string) =>
    readFileSync(new URL(`../../../../templates/${path}`, import.meta.url), 'utf8');
  return {
    ...template('python'),
    toolchains: ['python3'],
    runner: { argv: ['python3', '-I', '-B', '/pilotlight/python-runner.py'], files: [] },
    entry: 'main.py',
    files: [
      { path: '/pilotlight/init.sh', content: read('init.sh') },
      { path: '/pilotlight/python-runner.py', content: read('python-runner.py') },
    ],
  };
}

beforeAll(async () => {
  const stateDir = mkdtempSync('/dev/shm/pilotlight-test-');
  scope.defer('state', () => rmSync(stateDir, { recursive: true }));
  const server = await startNatsServer();
  scope.defer('server', () => server.dispose());
  bus = await connectBus({
    ...{ servers: server.url, user: server.user, password: server.password, name: 'test' },
  });
  scope.defer('bus', () => bus.close());
  const driver = await openDriver({
    ...{ prefer: 'oci', weakLimits: false, docker: {} },
    oci: { stateDir, incarnation: address.incarnation, searchPath: toolchainPathOf(undefined) },
  });
  scope.defer('driver', () => driver.close());
  outbox = new EventOutbox({ target: createBusEventLog(bus), clock, log });
  node = createExecutor({
    ...{ address, driver, clock, log, runSlots: 4, sandboxSlots: 8, maxConcurrentCreates: 2 },
    createTimeoutMs: 20_000,
    platformVersion,
    events: outbox,
    outputs: createBusOutputLog(bus),
    results: createBusResultStore(bus),
    openProbe: openHttpProbe,
    packageStore: new PackageLayers({ directory: '/nonexistent', searchPath: '' }),
  });
  scope.defer('sandboxes', async () => {
    await node.stock.close();
    node.leases.endAll();
    await node.disposal.settled();
    expect(await driver.list()).toEqual([]);
  });
  node.stock.setCatalogue(new Map([['python', python()]]));
});

afterAll(() => scope.close());

const finished = (id: string, code: string, timeout = 5) =>
  node.runs.start(runRequest(id, { code: Buffer.from(code), timeout })).finished;

describe('an executor on real parts', () => {
  it('runs a program and stores its one result', async () => {
    const result = await finished('hello', 'print("hello"); raise SystemExit(3)');
    expect(result).toMatchObject({ status: 'completed', exitCode: 3, lastOutputSequence: 1 });
    expect(stdoutOf(result)).toBe('hello\n');
    expect(result.memoryUsedBytes).toBeGreaterThan(1_000_000);
    const message = await bus.readLast('EXEC_RESULTS', subject('executionResult', { id: 'hello' }));
    expect(JSON.parse(Buffer.from(message?.data ?? []).toString())).toEqual(
      ExecutionResult.toJSON(result),
    );
  });

  it.each([
    ['out_of_memory', 'x = bytearray(1 << 30)'],
    [
      'out_of_memory',
      'import os\nif os.fork() == 0:\n  x = bytearray(1 << 30)\nelse:\n  os.wait()',
    ],
    ['pids_limit', 'import os, time\nwhile os.fork() > 0: pass\ntime.sleep(60)'],
    ['output_limit', 'while True: print("x" * 1000)'],
    ['failed', 'import os\nos.abort()'],
  ])('tells %s', async (status, code) => {
    expect(await finished(`${status}-${code.length}`, code)).toMatchObject({ status });
  });

  it('ends what takes too long, in time, and keeps what it wrote', async () => {
    const result = await finished('slow', 'print("so far", flush=True)\nwhile True: pass', 1);
    expect(result).toMatchObject({ status: 'timeout', exitCode: -1 });
    expect(stdoutOf(result)).toBe('so far\n');
    expect(result.executionTimeMs).toBeGreaterThanOrEqual(1_000);
    expect(result.executionTimeMs).toBeLessThan(1_000 + 100 * slowness());
  });

  it('leases a sandbox, runs a command in it and destroys it', async () => {
    const lease = await node.leases.lease(leaseRequest(), never);
    async function* requests() {
      const argv = ['sh', '-c', 'cat; echo err >&2; exit 4'];
      const start = { lease, argv, env: {}, cwd: '', timeoutSeconds: 0 };
      yield { message: { $case: 'start' as const, start } };
      yield { message: { $case: 'stdin' as const, stdin: Buffer.from('in') } };
    }
    const said: Record<string, unknown> = {};
    for await (const { message } of runExec({ ...node, clock, log }, requests(), never)) {
      if (message?.$case === 'exit') said['exit'] = message.exit.exitCode;
      else if (message?.$case === 'stdout') said['stdout'] = Buffer.from(message.stdout).toString();
      else if (message?.$case === 'stderr') said['stderr'] = Buffer.from(message.stderr).toString();
    }
    expect(said).toEqual({ stdout: 'in', stderr: 'err\n', exit: 4 });
    node.leases.release(lease);
  });

  it('tells when each step of a start was over, as its phases have it', async () => {
    const before = Date.now();
    const lease = await node.leases.lease(leaseRequest({ receivedAt: new Date(before) }), never);
    node.leases.release(lease);
    await outbox.flushed();
    const leased = subject('sandboxEvent', { type: 'leased', template: 'python' });
    const message = await bus.readLast('SANDBOX_EVENTS', leased);
    const event = fromJsonBytes(SandboxEvent, message?.data ?? new Uint8Array());
    expect(event).toMatchObject({ sandboxId: lease.sandboxId, platformVersion });
    const { imagePullMs = 0, containerCreateMs = 0, processStartMs = 0 } = event.phases ?? {};
    const { schedulingMs = 0, appInitMs = 0, totalMs = 0 } = event.phases ?? {};
    const steps: readonly [Date | undefined, number][] = [
      [event.requestReceivedAt, 0],
      [event.orderedAt, 0],
      [event.sandboxCreatedAt, schedulingMs],
      [event.imageReadyAt, imagePullMs],
      [event.containerCreatedAt, containerCreateMs],
      [event.processStartedAt, processStartMs],
      [event.readyAt, appInitMs],
      [event.availableAt, 0],
    ];
    let last = before;
    for (const [at, ms] of steps) {
      // A date drops the fraction of its millisecond.
      expect(at?.getTime()).toBeGreaterThan(last + ms - 2);
      expect(at?.getTime()).toBeGreaterThanOrEqual(last);
      last = at?.getTime() ?? Number.NaN;
    }
    expect(last).toBeLessThanOrEqual(Date.now());
    expect(totalMs).toBeGreaterThan(0);
  });
});
