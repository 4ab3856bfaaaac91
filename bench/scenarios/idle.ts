// What the platform costs when nobody asks for anything: every process of `npm start`, NATS, the
// database and the supervisor included, the warm sandboxes themselves not.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readEndpoints } from '@pilotlight/cli/platform';
import { connect } from '@pilotlight/client';
import { type ProcessUsage, usageBelow } from '../processes.ts';
import { hundredths, say } from '../statistics.ts';

const restMs = 60_000;
const settleMs = 10_000;

export async function idle() {
  await using cleanup = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), 'pilotlight-bench-'));
  cleanup.defer(() => rm(dataDir, { recursive: true, force: true }));
  const main = new URL('../../packages/cli/src/main.ts', import.meta.url).pathname;
  say('Starting the platform as `npm start` does …');
  const supervisor = spawn(process.execPath, [main, 'up', '--no-demo', '--data-dir', dataDir], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const closed = once(supervisor, 'close');
  cleanup.defer(async () => {
    supervisor.kill('SIGTERM');
    await closed;
  });
  await poolsAreFull(dataDir);
  say(`At rest for ${(settleMs + restMs) / 1_000} s …`);
  await pause(settleMs);
  const before = usageBelow(supervisor.pid ?? 0);
  const startedAt = performance.now();
  await pause(restMs);
  const after = usageBelow(supervisor.pid ?? 0);
  const elapsedMs = performance.now() - startedAt;
  return report(before, after, elapsedMs);
}

function report(
  before: ReadonlyMap<number, ProcessUsage>,
  after: ReadonlyMap<number, ProcessUsage>,
  elapsedMs: number,
) {
  const processes = [...after].map(([pid, usage]) => ({
    name: usage.name,
    cpu_percent: hundredths(((usage.cpuMs - (before.get(pid)?.cpuMs ?? 0)) / elapsedMs) * 100),
    pss_mb: hundredths(usage.pssMb),
  }));
  const sum = (of: 'cpu_percent' | 'pss_mb') =>
    hundredths(processes.reduce((total, process) => total + process[of], 0));
  return {
    cpu_percent: sum('cpu_percent'),
    pss_mb: sum('pss_mb'),
    processes: processes.toSorted((a, b) => b.pss_mb - a.pss_mb),
  };
}

async function poolsAreFull(dataDir: string): Promise<void> {
  while (!existsSync(join(dataDir, 'endpoints.json'))) await pause(100);
  const { grpc, pools } = readEndpoints(dataDir);
  await using pilotlight = await connect({ address: grpc, poolAddress: pools });
  for (;;) {
    const all = await pilotlight.pools();
    if (all.length > 0 && all.every((pool) => pool.available >= pool.targetSize)) return;
    await pause(200);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
