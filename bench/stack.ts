// A private platform for one scenario: its own data directory and ports, gone when it is done.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Platform, type PlatformOptions, startPlatform } from '@pilotlight/cli/platform';
import { connect, type Pilotlight } from '@pilotlight/client';
import { PoolServiceDefinition } from '@pilotlight/contracts';
import { Scope } from '@pilotlight/lifecycle';
import { type Bus, connectBus } from '@pilotlight/messaging';
import { connectRpc } from '@pilotlight/rpc';
import { type BareEcho, bareEcho } from './baselines/grpc-echo.ts';
import { type BareInterpreter, bareInterpreter } from './baselines/interpreter.ts';
import { say } from './statistics.ts';

/** What a scenario measures with. */
export interface Stack {
  readonly platform: Platform;
  readonly pilotlight: Pilotlight;
  /** The scenario's own connection to the platform's NATS. */
  readonly bus: Bus;
  /** The baseline, on the same machine at the same time. */
  readonly bare: BareInterpreter;
  /** The other baseline: a call with nothing behind it. */
  readonly echo: BareEcho;
  /** Changes bounds of a pool; see PoolService.SetPolicy. */
  setPolicy(template: string, policy: { minSize: number; maxSize: number }): Promise<void>;
  /** Resolves when the pool has all the warm sandboxes that it should have, as the nodes last said. */
  poolIsFull(template: string): Promise<void>;
  /** Lets the last sample's refill end, of which nodes tell after 50 ms, so that the next one is alone. */
  atRest(template: string): Promise<void>;
  /** Resolves when every node can make sandboxes of the template, or with why one cannot. */
  prepared(template: string): Promise<string | undefined>;
  /** Resolves when the pool has no sandbox, warm or on its way. */
  poolIsEmpty(template: string): Promise<void>;
}

/** Starts a platform, hands it to the scenario, and takes everything away again. */
export async function withStack<T>(
  options: Omit<PlatformOptions, 'dataDir'>,
  scenario: (stack: Stack) => Promise<T>,
): Promise<T> {
  const scope = new Scope();
  try {
    const dataDir = await temporaryDirectory(scope);
    say('Starting a private platform …');
    const platform = await startPlatform({ logLevel: 'warn', ...options, dataDir });
    scope.defer('platform', () => platform.stop());
    return await scenario(await connectTo(platform, scope));
  } finally {
    await scope.close();
  }
}

/** A directory that is gone when the scope closes. */
export async function temporaryDirectory(scope: Scope): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'pilotlight-bench-'));
  scope.defer('directory', () => rm(directory, { recursive: true, force: true }));
  return directory;
}

async function connectTo(platform: Platform, scope: Scope): Promise<Stack> {
  const { apiKey, grpc, pools, stats } = platform.endpoints;
  const { nats } = platform;
  const pilotlight = await connect({
    ...{ address: grpc, apiKey, poolAddress: pools, statsAddress: stats },
  });
  scope.defer('client', () => pilotlight.close());
  const bus = await connectBus({ ...nats, servers: nats.url, name: 'bench' });
  scope.defer('bus', () => bus.close());
  const poolService = connectRpc(PoolServiceDefinition, { address: pools, token: apiKey });
  scope.defer('pool client', () => poolService.close());
  const until = async (template: string, holds: (pool: PoolSize) => boolean) => {
    for (;;) {
      const pool = (await pilotlight.pools()).find((it) => it.template === template);
      if (pool !== undefined && holds(pool)) return;
      await pause(20);
    }
  };
  return {
    platform,
    pilotlight,
    bus,
    bare: await bareInterpreter(scope),
    echo: await bareEcho(scope),
    setPolicy: async (template, policy) => {
      await poolService.client.setPolicy({ template, ...policy });
    },
    async prepared(template) {
      for (;;) {
        const pool = (await pilotlight.pools()).find((it) => it.template === template);
        const [problem] = pool?.problems ?? [];
        if (problem !== undefined) return problem;
        if (pool !== undefined && pool.versions.length > 0) return undefined;
        await pause(20);
      }
    },
    poolIsFull: (template) => until(template, isFull),
    async atRest(template) {
      await pause(restMs);
      await until(template, isFull);
    },
    poolIsEmpty: (template) => until(template, (pool) => pool.available + pool.creating === 0),
  };
}

const restMs = 150;

function isFull(pool: PoolSize): boolean {
  return pool.targetSize > 0 && pool.available >= pool.targetSize && pool.creating === 0;
}

/** Between samples. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

interface PoolSize {
  readonly targetSize: number;
  readonly available: number;
  readonly creating: number;
}
