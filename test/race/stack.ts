// Three schedulers, a pool-manager and the node of fake-node.ts, each a process of its own, on a
// private nats-server.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { hashOfKey, newKey } from '@pilotlight/contracts';
import { Scope, systemClock } from '@pilotlight/lifecycle';
import { type Bus, connectBus } from '@pilotlight/messaging';
import { startNatsServer } from '@pilotlight/messaging/testing';
import { freePorts, loopback } from '../../packages/cli/src/platform/ports.ts';
import {
  type RunningService,
  runService,
} from '../../packages/cli/src/platform/running-service.ts';
import {
  commandOf,
  type Instance,
  type ServiceName,
  type ServiceSettings,
  scriptOf,
} from '../../packages/cli/src/platform/services.ts';

const root = resolve(import.meta.dirname, '../..');
const fakeNode = join(import.meta.dirname, 'fake-node.ts');

export interface RaceStack {
  readonly apiKey: string;
  readonly bus: Bus;
  /** host:port and process of each scheduler. */
  readonly schedulers: readonly { readonly address: string; readonly process: RunningService }[];
  stop(): Promise<void>;
}

export interface RaceOptions {
  readonly schedulers: number;
  /** Sandboxes of every kind that the node may have at once. */
  readonly sandboxSlots: number;
}

/** Resolves when every process is ready. */
export async function startRaceStack(options: RaceOptions): Promise<RaceStack> {
  const scope = new Scope();
  try {
    const dataDir = await mkdtemp(join(tmpdir(), 'pilotlight-race-'));
    scope.defer('data directory', () => rm(dataDir, { recursive: true }));
    const nats = await startNatsServer();
    scope.defer('nats-server', () => nats.dispose());
    const apiKey = newKey();
    const { sandboxSlots } = options;
    const settings = settingsOf({ dataDir, nats, apiKey, sandboxSlots });
    const instances = await layOut(options.schedulers);
    const processes = instances.map((instance) => {
      const process = runInstance(instance, settings);
      scope.defer(instance.name, () => process.stop());
      return { instance, process };
    });
    await Promise.all(processes.map(({ process }) => process.ready()));
    const bus = await connectBus({ ...nats, servers: nats.url, name: 'race-test' });
    scope.defer('bus', () => bus.close());
    const schedulers = processes
      .filter(({ instance }) => instance.service === 'scheduler')
      .map(({ instance, process }) => ({ address: instance.rpc, process }));
    return { apiKey, bus, schedulers, stop: () => scope.close() };
  } catch (error) {
    await scope.close();
    throw error;
  }
}

function settingsOf(
  given: Pick<ServiceSettings, 'dataDir' | 'nats'> & {
    readonly apiKey: string;
    readonly sandboxSlots: number;
  },
): ServiceSettings {
  const { apiKey, sandboxSlots, ...rest } = given;
  return {
    ...rest,
    root,
    nodeToken: randomBytes(24).toString('base64url'),
    serviceToken: randomBytes(24).toString('base64url'),
    adminKeyHash: hashOfKey(apiKey),
    node: 'race',
    sandboxFolder: join(given.dataDir, 'sandboxes'),
    toolchainPath: '/usr/bin:/bin',
    driver: 'auto',
    profile: 'embedded',
    weakLimits: false,
    logLevel: 'warn',
    env: { executor: { PILOTLIGHT_SANDBOX_SLOTS: String(sandboxSlots) } },
  };
}

async function layOut(schedulers: number): Promise<Instance[]> {
  const services: ServiceName[] = ['pool-manager', 'executor'];
  for (let index = 0; index < schedulers; index += 1) services.push('scheduler');
  const ports = await freePorts(2 * services.length);
  return services.map((service, index) => ({
    service,
    name: `${service}-${index}`,
    rpc: `${loopback}:${ports[2 * index]}`,
    ops: `${loopback}:${ports[2 * index + 1]}`,
  }));
}

/** As the platform runs it, but for the executor's program. */
function runInstance(instance: Instance, settings: ServiceSettings): RunningService {
  const { name, ops, service } = instance;
  const isNode = service === 'executor';
  const script = isNode ? fakeNode : scriptOf(root, service);
  const command = commandOf(instance, script, settings, [instance]);
  return runService({
    ...{ name, ops, graceMs: 5_000, clock: systemClock, onEvent: () => undefined },
    logFolder: join(settings.dataDir, 'logs'),
    script,
    command: isNode ? { ...command, file: process.execPath, args: [fakeNode] } : command,
  });
}
