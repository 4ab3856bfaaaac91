// The parts of one node put together: everything between the driver and the bus.
import type { SandboxAddress } from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import type { SandboxDriver } from '@pilotlight/sandbox-runtime';
import { Fence } from '../domain/fencing.ts';
import { createSandbox } from './create-sandbox.ts';
import { Disposal } from './disposal.ts';
import { HealthWatch } from './health-watch.ts';
import { Leases } from './leases.ts';
import { type PackageStore, Packages } from './packages.ts';
import type { EventSink, Log, OpenProbe, OutputLog, ResultStore } from './ports.ts';
import { Prefetches } from './prefetches.ts';
import { Preparation, type Readiness } from './preparation.ts';
import { Orphans } from './reaper.ts';
import { Runs } from './runs.ts';
import { SandboxRegistry } from './sandbox-registry.ts';
import { Stock } from './stock.ts';

export interface ExecutorOptions {
  readonly address: SandboxAddress;
  readonly driver: SandboxDriver;
  /** Said on every event. */
  readonly platformVersion: string;
  /** Unless given, templates are prepared by the driver. */
  readonly readiness?: Readiness;
  readonly events: EventSink;
  readonly outputs: OutputLog;
  readonly results: ResultStore;
  readonly openProbe: OpenProbe;
  readonly packageStore: PackageStore;
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
  readonly packages: Packages;
  readonly prefetches: Prefetches;
  readonly preparation: Preparation;
  readonly registry: SandboxRegistry;
  readonly stock: Stock;
  readonly disposal: Disposal;
  readonly leases: Leases;
  readonly runs: Runs;
  readonly fence: Fence;
  readonly orphans: Orphans;
}

const defaultRefillDelayMs = 10;

/** Starts nothing by itself: stock is made once there are a catalogue and targets, or a claim. */
export function createExecutor(options: ExecutorOptions): Executor {
  const { address, clock, log, driver, events, platformVersion } = options;
  const registry = new SandboxRegistry({ address, clock, events, platformVersion });
  const disposal = new Disposal({ registry, log, concurrency: options.maxConcurrentCreates });
  const { createTimeoutMs, openProbe } = options;
  const create = { driver, registry, clock, createTimeoutMs, openProbe };
  const health = new HealthWatch({
    ...{ registry, clock, log },
    replace: (record, detail) => stock.replace(record, detail),
  });
  const preparation = new Preparation({ driver, clock, log });
  const packages = new Packages({ store: options.packageStore, clock, log });
  const stock: Stock = new Stock({
    ...options,
    readiness: options.readiness ?? preparation,
    registry,
    disposal,
    create: async (record, ...how) => {
      await createSandbox(create, record, ...how);
      health.begin(record);
      packages.begin(record);
    },
    refillDelayMs: options.refillDelayMs ?? defaultRefillDelayMs,
    random: options.random ?? Math.random,
  });
  const { capabilities } = driver;
  const leases = new Leases({ registry, stock, disposal, capabilities, clock });
  const prefetches = new Prefetches({ leases, packages, clock });
  const runs = new Runs({ ...options, node: address.node, stock, disposal });
  return {
    packages,
    prefetches,
    registry,
    preparation,
    stock,
    disposal,
    leases,
    runs,
    fence: new Fence(),
    orphans: new Orphans(clock),
  };
}
