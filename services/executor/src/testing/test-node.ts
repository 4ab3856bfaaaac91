// One executor on a scripted driver, a bus in memory and a clock moved by hand.
import {
  ExecutionRequest,
  type ExecutionResult,
  fromJsonBytes,
  LeaseSandboxRequest,
  OutputChunk,
  PlatformError,
  RunRequest,
  SandboxEvent,
  subject,
  subjectFilter,
  type Template,
} from '@pilotlight/contracts';
import { ManualClock } from '@pilotlight/lifecycle';
import { createMemoryBus, type MemoryBus } from '@pilotlight/messaging';
import { createBusEventLog, createBusOutputLog } from '../adapters/bus-logs.ts';
import { createBusResultStore } from '../adapters/bus-result-store.ts';
import { EventOutbox } from '../app/event-outbox.ts';
import { createExecutor, type Executor } from '../app/executor.ts';
import type { PackageStore } from '../app/packages.ts';
import type { Log } from '../app/ports.ts';
import type { Readiness } from '../app/preparation.ts';
import { createMemorySpool, type MemorySpool } from './memory-spool.ts';
import { openScriptedProbe, ScriptedDriver } from './scripted-driver.ts';

export const never = new AbortController().signal;

export function template(name: string): Template {
  return {
    ...{ name, description: name, language: name, aliases: [], image: name, toolchains: [] },
    runner: { argv: ['run'], files: [] },
    entry: 'main.txt',
    ...{ env: {}, isolation: 'default', network: 'none', reuse: 'never' },
    limits: {
      ...{ memory_mb: 256, min_memory_mb: 64, cpus: 1, pids: 64 },
      ...{ open_files: 256, workspace_mb: 64 },
    },
    files: [],
  };
}

/** What `createTestNode` takes to have templates prepared by its driver. */
export type NodeReadiness = 'all' | 'by_driver';

export interface TestNode extends Executor {
  readonly driver: ScriptedDriver;
  readonly clock: ManualClock;
  readonly bus: MemoryBus;
  readonly outbox: EventOutbox;
  readonly log: Log;
  readonly spool: MemorySpool;
  readonly address: { readonly node: string; readonly incarnation: string };
}

const noNetwork: PackageStore = {
  get: () => Promise.reject(new PlatformError('unavailable', 'npm failed: there is no network')),
};

/** Everything can be made at once: how it comes to that is tested where it is done. */
const allPrepared: Readiness = {
  stateOf: () => ({ kind: 'prepared', version: '1.2.3' }),
  begin: () => undefined,
  enqueue: () => undefined,
  setCatalogue: () => undefined,
  onChange: () => undefined,
};

export interface TestNodeOptions {
  readonly sandboxSlots?: number;
  readonly runSlots?: number;
  readonly maxConcurrentCreates?: number;
  readonly readiness?: NodeReadiness;
  /** Unless given, there is no network. */
  readonly packageStore?: PackageStore;
}

/**
 * Knows the templates `python` and `generic`, which are prepared unless that is left to the driver;
 * wants no stock until told.
 */
export function createTestNode(options: TestNodeOptions = {}): TestNode {
  const { readiness = 'all', ...slots } = options;
  const clock = new ManualClock();
  const bus = createMemoryBus();
  const driver = new ScriptedDriver();
  const quietLog = () => undefined;
  const log: Log = { info: quietLog, warn: quietLog, error: quietLog };
  const outbox = new EventOutbox({ target: createBusEventLog(bus), clock, log });
  const address = { node: 'n1', incarnation: 'now' };
  const executor = createExecutor({
    ...{ address, driver, clock, log, events: outbox, platformVersion: '1.2.3' },
    outputs: createBusOutputLog(bus),
    results: createBusResultStore(bus),
    openProbe: openScriptedProbe,
    packageStore: noNetwork,
    ...{ runSlots: 8, sandboxSlots: 20, maxConcurrentCreates: 2 },
    ...{ createTimeoutMs: 60_000, random: () => 0 },
    ...slots,
    ...(readiness === 'all' && { readiness: allPrepared }),
  });
  executor.stock.setCatalogue(new Map(['python', 'generic'].map((name) => [name, template(name)])));
  return { ...executor, driver, clock, bus, outbox, log, spool: createMemorySpool(), address };
}

export function leaseRequest(changed: Partial<LeaseSandboxRequest> = {}): LeaseSandboxRequest {
  return LeaseSandboxRequest.fromPartial({ epoch: 1, template: 'python', userId: 'u', ...changed });
}

export function runRequest(
  id: string,
  changed: Partial<ExecutionRequest> = {},
  attempt = 1,
): RunRequest {
  const request = ExecutionRequest.fromPartial({
    ...{ id, userId: 'u', language: 'python', code: Buffer.from('print(1)'), ...changed },
  });
  return RunRequest.fromPartial({ epoch: 1, attempt, template: 'python', request });
}

/** Output of an execution as stored, in the order of the stream. */
export async function storedOutput(bus: MemoryBus, id: string): Promise<OutputChunk[]> {
  const filter = subject('executionOutput', { id });
  return stored(bus, 'EXEC_OUTPUT', filter, (data) => fromJsonBytes(OutputChunk, data));
}

export async function storedEvents(bus: MemoryBus): Promise<SandboxEvent[]> {
  const filter = subjectFilter('sandboxEvent');
  return stored(bus, 'SANDBOX_EVENTS', filter, (data) => fromJsonBytes(SandboxEvent, data));
}

async function stored<T>(
  bus: MemoryBus,
  stream: 'EXEC_OUTPUT' | 'SANDBOX_EVENTS',
  filter: string,
  read: (data: Uint8Array) => T,
): Promise<T[]> {
  const counts = await bus.count(stream, filter);
  if (counts.size === 0) return [];
  const found: T[] = [];
  for await (const message of bus.follow(stream, filter, 'first', new AbortController().signal)) {
    found.push(read(message.data));
    if (message.pending === 0) break;
  }
  return found;
}

export function stdoutOf(result: ExecutionResult): string {
  return Buffer.from(result.stdout?.data ?? []).toString();
}
