#!/usr/bin/env node
// Finds the OpenTelemetry Collector that the tests of traces send to, or builds it with Go into the
// user's cache: its own builder, with an OTLP receiver and an exporter that hands on what came as JSON.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Of the collector and its parts; those of its configuration count on their own. */
const version = '0.162.0';
const configVersion = '1.68.0';

const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
const folder = join(cache, 'pilotlight/bin');
const built = join(folder, `otelcol-${version}`);

const manifest = `dist:
  name: otelcol
  description: Receives OTLP and hands it on as JSON
  version: ${version}
  output_path: ./build
receivers:
  - gomod: go.opentelemetry.io/collector/receiver/otlpreceiver v${version}
exporters:
  - gomod: go.opentelemetry.io/collector/exporter/otlphttpexporter v${version}
providers:
  - gomod: go.opentelemetry.io/collector/confmap/provider/yamlprovider v${configVersion}
conf_resolver:
  default_uri_scheme: yaml
`;

const usage = `Usage: node setup/otel-collector.mjs [--find]

Prints the path of an OpenTelemetry Collector for tests; builds it where there is none (needs Go 1.26;
two minutes).
  --find   never build
Exit code 0 with a path, 1 with a sentence on what to install.
`;

/** The path of the collector that was built here, else undefined. */
export function findOtelCollector() {
  return existsSync(built) ? built : undefined;
}

/**
 * Answers `{path}`, or `{path: null, reason}` with what to install. `say` hears of the build before
 * it begins. Safe to call again, also from several processes.
 */
export function ensureOtelCollector({ say = () => {} } = {}) {
  if (existsSync(built)) return { path: built };
  if (spawnSync('go', ['version']).status !== 0) {
    return { path: null, reason: 'The OpenTelemetry Collector needs Go 1.26 to be built.' };
  }
  say(`Building the OpenTelemetry Collector ${version} with Go; this takes two minutes.`);
  const scratch = join(folder, `.otelcol-${process.pid}`);
  mkdirSync(scratch, { recursive: true });
  try {
    writeFileSync(join(scratch, 'builder.yaml'), manifest);
    const builder = `go.opentelemetry.io/collector/cmd/builder@v${version}`;
    const { status, error, stderr } = spawnSync(
      'go',
      ['run', builder, '--config', 'builder.yaml', '--ldflags', '-s -w'],
      { cwd: scratch, env: { ...process.env, CGO_ENABLED: '0' }, encoding: 'utf8' },
    );
    if (status !== 0) {
      const problem = error?.message ?? stderr.trim().split('\n').slice(-5).join('\n');
      return { path: null, reason: `The OpenTelemetry Collector could not be built: ${problem}` };
    }
    renameSync(join(scratch, 'build/otelcol'), built);
  } finally {
    rmSync(scratch, { recursive: true });
  }
  return { path: built };
}

function main(args) {
  const unknown = args.find((arg) => !['--find', '--help'].includes(arg));
  if (unknown || args.includes('--help')) {
    (unknown ? process.stderr : process.stdout).write(usage);
    return unknown ? 2 : 0;
  }
  const find = () => ({ path: findOtelCollector() ?? null, reason: 'It has not been built yet.' });
  const say = (line) => process.stderr.write(`${line}\n`);
  const { path, reason } = args.includes('--find') ? find() : ensureOtelCollector({ say });
  (path ? process.stdout : process.stderr).write(`${path ?? reason}\n`);
  return path ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  process.exitCode = main(process.argv.slice(2));
