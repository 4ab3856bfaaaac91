// The parts of one node put together: everything between the driver and the bus.
import type { SandboxAddress } from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import type { SandboxDriver } from '@pilotlight/sandbox-runtime';
import { Fence } from '../domain/fencing.ts';
import { createSandbox } from './create-sandbox.ts';
import { Disposal } from './disposal.ts';
import { Leases } from './leases.ts';
import type { EventSink, Log, OutputLog, ResultStore } from './ports.ts';
import { Runs } from './runs.ts';
import { SandboxRegistry } from './sandbox-registry.ts';
import { Stock } from './stock.ts';

export interface ExecutorOptions {
  readonly address: SandboxAddress;
  readonly driver: SandboxDriver;
  readonly events: EventSink;
  readonly outputs: OutputLog;
  readonly results: ResultStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly runSlots: number;
  readonly sandboxSlots: number;
  readonly maxConcurrentCreates: number;
  readonly createTimeoutMs: number;
  /** Unless given, long enough for a short run to end before its replacement is made. */
  readonly refillDelayMs?: number;
  /** In [0, 1). */
  readonly random?: () => number;
}

export interface Executor {
  readonly registry: SandboxRegistry;
  readonly stock: Stock;
  readonly disposal: Disposal;
  readonly leases: Leases;
  readonly runs: Runs;
  readonly fence: Fence;
}

const defaultRefillDelayMs = 10;

/** Starts nothing by itself: stock is made once there are a catalogue and targets, or a claim. */
export function createExecutor(options: ExecutorOptions): Executor {
  const { address, clock, log, driver } = options;
  const registry = new SandboxRegistry({ address, clock, events: options.events });
  const disposal = new Disposal({ registry, log, concurrency: options.maxConcurrentCreates });
  const { createTimeoutMs } = options;
  const stock = new Stock({
    ...options,
    registry,
    disposal,
    create: (...order) => createSandbox({ driver, registry, clock, createTimeoutMs }, ...order),
    refillDelayMs: options.refillDelayMs ?? defaultRefillDelayMs,
    random: options.random ?? Math.random,
  });
  const leases = new Leases({ registry, stock, disposal, clock });
  const runs = new Runs({ ...options, node: address.node, stock, disposal });
  return { registry, stock, disposal, leases, runs, fence: new Fence() };
}
