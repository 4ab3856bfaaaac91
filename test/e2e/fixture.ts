// The whole platform, real processes and real sandboxes, for the tests of one describe block.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Platform, type PlatformOptions, startPlatform } from '@pilotlight/cli/platform';
import { connect, type Pilotlight } from '@pilotlight/client';
import { fromJsonBytes, NodeStatus } from '@pilotlight/contracts';
import { Scope } from '@pilotlight/lifecycle';
import { type Bus, connectBus } from '@pilotlight/messaging';
import { afterAll, beforeAll } from 'vitest';
import { expectNothingLeft, type Marks } from './leftovers.ts';
import { until } from './until.ts';

export interface FixtureOptions extends Omit<PlatformOptions, 'dataDir'> {
  /** Called with the data directory before the platform starts in it. */
  readonly prepare?: (dataDir: string) => Promise<void>;
}

/** Used unless a test names others: each template more costs every start its warm sandboxes. */
export const defaultTemplates: readonly string[] = ['python', 'javascript', 'shell'];

/** A running platform with a client and a bus of the test's own. Usable once `beforeAll` is over. */
export interface PlatformUnderTest {
  readonly platform: Platform;
  /** To the first scheduler, the pool-manager, the stats-recorder and NATS. */
  readonly client: Pilotlight;
  readonly bus: Bus;
  readonly dataDir: string;
  /** The first executor's name as a node; it is part of the id of every sandbox. */
  readonly node: string;
  readonly marks: Marks;
}

/** Starts one platform for the block, stops it afterwards, and fails on anything that it left. */
export function usePlatform(options: FixtureOptions = {}): PlatformUnderTest {
  const scope = new Scope();
  let started: PlatformUnderTest | undefined;
  const running = () => {
    if (started === undefined) throw new Error('The platform is not running.');
    return started;
  };
  beforeAll(async () => {
    started = await start(scope, options);
  });
  afterAll(async () => {
    await scope.close();
    if (started !== undefined) await expectNothingLeft(started.marks);
  });
  return {
    get platform() {
      return running().platform;
    },
    get client() {
      return running().client;
    },
    get bus() {
      return running().bus;
    },
    get dataDir() {
      return running().dataDir;
    },
    get node() {
      return running().node;
    },
    get marks() {
      return running().marks;
    },
  };
}

async function start(scope: Scope, options: FixtureOptions): Promise<PlatformUnderTest> {
  const dataDir = await mkdtemp(join(tmpdir(), 'pilotlight-e2e-'));
  scope.defer('data directory', () => rm(dataDir, { recursive: true }));
  const { prepare, ...platformOptions } = options;
  await prepare?.(dataDir);
  const platform = await startPlatform({
    dataDir,
    templates: defaultTemplates,
    ...platformOptions,
  });
  scope.defer('platform', () => platform.stop());
  const { apiKey, grpc, pools, stats, nats, tls } = platform.endpoints;
  const client = await connect({
    ...{ address: grpc, poolAddress: pools, statsAddress: stats },
    ...{ apiKey, nats },
    ...(tls !== undefined && { tls }),
  });
  scope.defer('client', () => client.close());
  const bus = await connectBus({
    ...platform.nats,
    servers: nats.url,
    name: 'end-to-end-test',
  });
  scope.defer('bus', () => bus.close());
  const reports = await nodesOf(bus, options.executors ?? 1);
  const nodes = reports.map(({ node }) => node).toSorted();
  const usesDocker = reports.some(({ driver }) => driver.startsWith('docker'));
  const dockerHost = options.env?.executor?.['PILOTLIGHT_DOCKER_HOST'];
  const words = [dataDir, nats.url];
  const marks = { dataDir, nodes, words, usesDocker, dockerHost };
  return { platform, client, bus, dataDir, node: nodes[0] ?? '', marks };
}

/** What so many nodes have last reported; asks until they have. */
export async function nodesOf(bus: Bus, count = 1): Promise<readonly NodeStatus[]> {
  const bucket = await bus.bucket('nodes');
  return until(`${count} nodes report`, async () => {
    const reports = new Map<string, NodeStatus>();
    for await (const change of bucket.watch(AbortSignal.timeout(1_000))) {
      if (change.kind === 'put') {
        const report = fromJsonBytes(NodeStatus, change.entry.value);
        reports.set(report.node, report);
      }
      if (change.kind === 'caught_up') break;
    }
    return reports.size >= count && [...reports.values()];
  });
}
