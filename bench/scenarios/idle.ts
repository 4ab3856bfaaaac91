// What the platform costs when nobody asks for anything: every process of `npm start`, NATS, the
// database and the supervisor included, the warm sandboxes themselves not.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readEndpoints } from '@pilotlight/cli/platform';
import { connect } from '@pilotlight/client';
import { Scope } from '@pilotlight/lifecycle';
import { type ProcessUsage, usageBelow } from '../processes.ts';
import { temporaryDirectory } from '../stack.ts';
import { hundredths, say } from '../statistics.ts';

const restMs = 60_000;
const settleMs = 10_000;

export async function idle() {
  const scope = new Scope();
  try {
    const dataDir = await temporaryDirectory(scope);
    const supervisor = startSupervisor(scope, dataDir);
    await poolsAreFull(dataDir);
    say(`At rest for ${(settleMs + restMs) / 1_000} s …`);
    await pause(settleMs);
    const before = usageBelow(supervisor);
    const startedAt = performance.now();
    await pause(restMs);
    const after = usageBelow(supervisor);
    return report(before, after, performance.now() - startedAt);
  } finally {
    await scope.close();
  }
}

/** Its process id. */
function startSupervisor(scope: Scope, dataDir: string): number {
  say('Starting the platform as `npm start` does …');
  const start = new URL('../../setup/start.mjs', import.meta.url).pathname;
  const supervisor = spawn(process.execPath, [start, '--no-demo', '--data-dir', dataDir], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const closed = once(supervisor, 'close');
  scope.defer('supervisor', async () => {
    supervisor.kill('SIGTERM');
    await closed;
  });
  if (supervisor.pid === undefined) throw new Error('The platform could not be started.');
  return supervisor.pid;
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
  const { apiKey, grpc, pools } = readEndpoints(dataDir);
  const pilotlight = await connect({ address: grpc, apiKey, poolAddress: pools });
  const isFull = async () => {
    const all = await pilotlight.pools();
    return all.length > 0 && all.every((pool) => pool.available >= pool.targetSize);
  };
  while (!(await isFull())) await pause(200);
  await pilotlight.close();
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
