// How long each service takes to start, from spawn, beside a platform that runs: its nats-server and the
// services' peers. Every start is of a process of its own, under the platform's own settings but with addresses
// and folders of its own; the services take turns, and with them an empty Node and one that only loads the code.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type ServiceName, serviceNames } from '@pilotlight/cli/platform';
import { Scope } from '@pilotlight/lifecycle';
import { freePorts } from '../../packages/cli/src/platform/ports.ts';
import { pause, type Stack, temporaryDirectory, withStack } from '../stack.ts';
import { hundredths, say, table } from '../statistics.ts';

/** Counted; the one before them fills caches. */
const starts = 20;
const stages = ['critical', 'ready', 'total'] as const;
/** Seed 002, section 5.1, in milliseconds. */
const targets = { critical: 100, ready: 150, total: 200 } as const;

type Start = Readonly<Record<(typeof stages)[number] | 'cpu' | 'code', number>>;
interface Quantiles {
  readonly p50: number;
  readonly p95: number;
}

/** In milliseconds since spawn; `cpu_ms` is user and system time until all was there. */
export async function startup() {
  const scope = new Scope();
  try {
    const folder = await temporaryDirectory(scope);
    return await withStack({ templates: ['shell'] }, (stack) => measure(stack, { folder, scope }));
  } finally {
    await scope.close();
  }
}

interface Place {
  readonly folder: string;
  readonly scope: Scope;
}

async function measure({ platform }: Stack, place: Place) {
  const { folder } = place;
  const programs = serviceNames.map((service) =>
    programOf(service, platform.pids().get(service) ?? 0, place),
  );
  const empty = join(folder, 'empty.mjs');
  writeFileSync(empty, '');
  const emptyMs: number[] = [];
  const measured = new Map<ServiceName, Start[]>(serviceNames.map((service) => [service, []]));
  for (let round = 0; round <= starts; round += 1) {
    say(`Round ${round} of ${starts} …`);
    const bare = await untilExit([process.execPath, empty]);
    if (round > 0) emptyMs.push(bare);
    for (const program of programs) {
      const start = await startOnce(program);
      if (round > 0) measured.get(program.service)?.push(start);
    }
  }
  const services = serviceNames.map((name) => summaryOf(name, measured.get(name) ?? []));
  say(tableOf(services));
  return { baseline: { empty_node_ms: quantiles(emptyMs) }, services };
}

interface Program {
  readonly service: ServiceName;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** As the platform started it, read from its process; secrets stay in the environment. */
function programOf(service: ServiceName, pid: number, { folder, scope }: Place): Program {
  const words = (file: string) =>
    readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0').filter(Boolean);
  const given = words('environ').map((line): [string, string] => {
    const [name = ''] = line.split('=', 1);
    return [name, line.slice(name.length + 1)];
  });
  const around = service === 'executor' ? ['sh', 'packages/sandbox-runtime/own-namespace.sh'] : [];
  const env = Object.fromEntries(given);
  // Every user has to be able to enter a folder of sandboxes.
  const sandboxes = `${env['PILOTLIGHT_STATE_DIR']}-startup`;
  scope.defer('sandboxes', () => rm(sandboxes, { recursive: true, force: true }));
  const own: Partial<Record<ServiceName, Readonly<Record<string, string>>>> = {
    'stats-recorder': { PILOTLIGHT_DATABASE_DIR: join(folder, 'database') },
    executor: { PILOTLIGHT_NODE: 'startup', PILOTLIGHT_STATE_DIR: sandboxes },
    gateway: { PILOTLIGHT_CACHE_DIR: join(folder, 'cache') },
  };
  const argv = [...around, ...words('cmdline')];
  return { service, argv, env: { ...env, PILOTLIGHT_LOG_LEVEL: 'info', ...own[service] } };
}

/** Starts it, waits until all of it is there, and ends it in good order. */
async function startOnce({ service, argv, env }: Program): Promise<Start> {
  const [rpc, ops] = (await freePorts(2)).map((port) => `127.0.0.1:${port}`);
  const [file = '', ...args] = argv;
  const spawnedAt = performance.timeOrigin + performance.now();
  const child = spawn(file, args, {
    env: {
      ...env,
      ...{ PILOTLIGHT_OPS_ADDRESS: ops, PILOTLIGHT_RPC_ADDRESS: rpc, PILOTLIGHT_HTTP_ADDRESS: rpc },
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const lines: string[] = [];
  let readyAt: number | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    const { msg, time } = JSON.parse(line) as { msg: string; time: string };
    if (msg !== 'ready') continue;
    readyAt = Date.parse(time);
    break;
  }
  if (readyAt === undefined) throw new Error(`${service} does not start:\n${lines.join('\n')}`);
  child.stdout.resume();
  const { stage, cpuMs, codeMs } = await shown(ops ?? '');
  // Its own times count from its process's start, which came after the spawn.
  const beforeMs = readyAt - spawnedAt - stage('ready');
  const [critical, ready, total] = stages.map((name) => stage(name) + beforeMs);
  child.stdin.end();
  await ended;
  return {
    ...{ critical: critical ?? 0, ready: ready ?? 0, total: total ?? 0 },
    ...{ cpu: cpuMs, code: codeMs + beforeMs },
  };
}

/** What /metrics says, once the start is complete. Milliseconds. */
async function shown(ops: string) {
  for (;;) {
    const text = await (await fetch(`http://${ops}/metrics`)).text();
    const value = (start: string) => {
      const line = text.split('\n').find((candidate) => candidate.startsWith(start));
      return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' '))) * 1_000;
    };
    const stage = (name: string) => value(`pilotlight_startup_seconds{stage="${name}"`);
    if (stage('total') !== undefined) {
      return {
        stage: (name: string) => stage(name) ?? Number.NaN,
        cpuMs: value('process_cpu_seconds_total') ?? Number.NaN,
        codeMs: value('pilotlight_startup_component_seconds{component="modules"') ?? Number.NaN,
      };
    }
    await pause(20);
  }
}

async function untilExit([file = '', ...args]: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  await once(spawn(file, args, { stdio: 'ignore' }), 'exit');
  return performance.now() - startedAt;
}

function summaryOf(name: ServiceName, all: readonly Start[]) {
  const of = (key: keyof Start) => quantiles(all.map((start) => start[key]));
  return {
    name,
    ...{ critical_ms: of('critical'), ready_ms: of('ready'), total_ms: of('total') },
    ...{ code_ms: of('code'), cpu_ms: of('cpu') },
  };
}

/** Nearest rank. */
function quantiles(samples: readonly number[]): Quantiles {
  const sorted = samples.toSorted((a, b) => a - b);
  const rank = (share: number) =>
    sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return { p50: hundredths(rank(0.5)), p95: hundredths(rank(0.95)) };
}

function tableOf(services: readonly ReturnType<typeof summaryOf>[]): string {
  const cell = ({ p50, p95 }: Quantiles) => `${Math.round(p50)} / ${Math.round(p95)}`;
  const heading = [
    'p50 / p95, ms',
    'code',
    ...stages.map((name) => `${name} (${targets[name]})`),
    'cpu',
  ];
  const rows = services.map(({ name, code_ms, critical_ms, ready_ms, total_ms, cpu_ms }) => [
    name,
    ...[code_ms, critical_ms, ready_ms, total_ms, cpu_ms].map(cell),
  ]);
  return table([heading, ...rows]);
}
