// A Prometheus of a test's own: the distribution's program with the configuration of deploy/, fed by
// the running platform.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Scope } from '@pilotlight/lifecycle';
import { until } from './until.ts';

const root = join(import.meta.dirname, '../..');
const configured = join(root, 'deploy/observability/prometheus');
const commandLine = join(root, 'packages/cli/bin/pilotlight.mjs');

export interface PrometheusServer {
  /** `data` of the HTTP API's answer, which must be a success. */
  get(path: string, parameters?: Readonly<Record<string, string>>): Promise<unknown>;
}

/** Resolves when it is ready. Ends with the scope, and leaves nothing. */
export async function startPrometheus(
  scope: Scope,
  options: { readonly program: string; readonly dataDir: string },
): Promise<PrometheusServer> {
  const base = await mkdtemp(join(tmpdir(), 'pilotlight-prometheus-'));
  scope.defer('Prometheus folder', () => rm(base, { recursive: true }));
  await writeConfiguration(base, options.dataDir);
  const port = await freePort();
  const listen = `127.0.0.1:${port}`;
  const child = spawn(
    options.program,
    [
      `--config.file=${join(base, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(base, 'data')}`,
      `--web.listen-address=${listen}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  scope.defer('Prometheus', () => end(child));
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = `${log}${text}`.slice(-4_000);
  });
  await until('Prometheus is ready', async () => {
    if (child.exitCode !== null) throw new Error(`Prometheus ended: ${log}`);
    const answer = await fetch(`http://${listen}/-/ready`).catch(() => undefined);
    return answer?.ok;
  });
  return {
    async get(path, parameters = {}) {
      const answer = await fetch(
        `http://${listen}/api/v1/${path}?${new URLSearchParams(parameters)}`,
      );
      const body: unknown = await answer.json();
      if (answer.ok && isObject(body)) return body['data'];
      throw new Error(`${path} ${JSON.stringify(parameters)}: ${JSON.stringify(body)}`);
    },
  };
}

/**
 * The deployed configuration, asking every second, and of the platform alone: what else a deployment
 * scrapes and alerts is not here. The targets are what the command says.
 */
async function writeConfiguration(base: string, dataDir: string): Promise<void> {
  // Not the targets of whoever uses that folder.
  const filter = (source: string) => !source.endsWith('.json');
  await cp(configured, base, { recursive: true, filter });
  const file = join(base, 'prometheus.yml');
  const text = await readFile(file, 'utf8');
  const [platform = ''] = text.split('  - job_name: prometheus\n');
  const here = platform
    .replace(/^alerting:\n( .*\n)+/m, '')
    .replace(/^( {2}scrape_interval): .*$/m, '$1: 1s')
    .replace(/^( {2}scrape_timeout): .*$/m, '$1: 1s')
    .replace(/^( {2}evaluation_interval): .*$/m, '$1: 1s');
  await writeFile(file, here);
  const targets = [commandLine, '--data-dir', dataDir, 'targets', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, targets);
  await writeFile(join(base, 'targets/pilotlight.json'), stdout);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
