// The configuration files, by the programs that read them where those are here, else by what they must say.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { datasources } from './grafana/source/panel.ts';
import { programOnPath } from './testing/programs.ts';

interface Service {
  readonly image: string;
  readonly network_mode: string;
  readonly ports?: unknown;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, null>>;
}

const path = (name: string) => join(import.meta.dirname, name);
const text = (name: string) => readFileSync(path(name), 'utf8');
const read = (name: string): unknown => parse(text(name), { merge: true });

const promtool = programOnPath('promtool');
if (promtool === undefined) console.log('skipped: promtool is not installed (Debian: prometheus)');

it.skipIf(promtool === undefined)("Prometheus' configuration is one, with its rules", () => {
  const args = ['check', 'config', path('prometheus/prometheus.yml')];
  expect(execFileSync(promtool ?? '', args, { encoding: 'utf8', stdio: 'pipe' })).toContain(
    'is valid prometheus config file syntax',
  );
});

describe('compose.yaml', () => {
  const compose = read('compose.yaml') as Compose;
  const services = Object.entries(compose.services);

  it('has every part', () => {
    expect(Object.keys(compose.services).toSorted()).toEqual([
      ...['alertmanager', 'grafana', 'loki', 'otel-collector', 'postgres', 'prometheus', 'tempo'],
    ]);
  });

  it.each(services)('%s has a pinned image and opens no port to others', (_, service) => {
    expect(service.image).toMatch(/:v?\d+\.\d+(\.\d+)?$/);
    expect(service.network_mode).toBe('host');
    expect(service.ports).toBeUndefined();
    expect(JSON.stringify(service)).not.toMatch(/0\.0\.0\.0|"\[::\]/);
  });

  it('checks the health of all whose images can', () => {
    const unchecked = services.filter(([, { healthcheck }]) => healthcheck === undefined);
    expect(unchecked.map(([name]) => name)).toEqual(['tempo', 'otel-collector']);
  });

  it('mounts files that there are, and volumes that it declares', () => {
    const sources = services.flatMap(([, { volumes = [] }]) =>
      volumes.map((it) => it.split(':')[0] ?? ''),
    );
    const named = sources.filter((source) => /^\w+$/.test(source));
    expect(named.toSorted()).toEqual(Object.keys(compose.volumes).toSorted());
    for (const source of sources.filter((it) => it.startsWith('./'))) {
      expect(readdirSync(join(import.meta.dirname, source, '..'))).toContain(
        source.split('/').at(-1),
      );
    }
  });

  it('has no password, and names in the example every variable that must be set', () => {
    const source = text('compose.yaml');
    for (const [, { environment = {} }] of services) {
      for (const [name, value] of Object.entries(environment)) {
        if (/PASSWORD|SECRET|TOKEN|KEY/.test(name)) expect(value).toMatch(/^\$\{\w+:\?.+\}$/);
      }
    }
    const example = text('.env.example');
    for (const [, variable] of source.matchAll(/\$\{(\w+)/g)) {
      expect(example).toMatch(new RegExp(`^#?${variable}=`, 'm'));
    }
    for (const line of example.match(/^\w*PASSWORD=.*/gm) ?? []) expect(line).toMatch(/=$/);
  });
});

describe('who listens', () => {
  const files = ['loki/loki.yaml', 'tempo/tempo.yaml', 'otel-collector/otel-collector.yaml'];

  it.each(files)('%s names no address but this machine', (file) => {
    const addresses = JSON.stringify(read(file)).match(/\d+\.\d+\.\d+\.\d+/g) ?? [];
    expect(addresses.length).toBeGreaterThan(0);
    expect(new Set(addresses)).toEqual(new Set(['127.0.0.1']));
  });

  it('gives no port away twice', () => {
    const loki = read('loki/loki.yaml') as { server: Record<string, number> };
    const tempo = read('tempo/tempo.yaml') as { server: Record<string, number> };
    const ports = [loki, tempo].flatMap(({ server }) => [
      server['http_listen_port'],
      server['grpc_listen_port'],
    ]);
    const collector = [4317, 4318, 8888, 13133];
    const others = [3000, 5432, 9090, 9093, 14317];
    const all = [...ports, ...collector, ...others];
    expect(new Set(all).size).toBe(all.length);
    for (const port of [14317, ...collector]) {
      expect(text('otel-collector/otel-collector.yaml')).toContain(String(port));
    }
    expect(text('tempo/tempo.yaml')).toContain('127.0.0.1:14317');
  });
});

describe('the collector', () => {
  const config = read('otel-collector/otel-collector.yaml') as {
    readonly receivers: object;
    readonly processors: object;
    readonly exporters: object;
    readonly extensions: object;
    readonly service: {
      readonly extensions: readonly string[];
      readonly pipelines: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
    };
  };

  it('uses all that it configures, and configures all that it uses', () => {
    const { extensions, pipelines } = config.service;
    const used = (kind: string) =>
      [...new Set(Object.values(pipelines).flatMap((pipeline) => pipeline[kind] ?? []))].toSorted();
    for (const kind of ['receivers', 'processors', 'exporters'] as const) {
      expect(used(kind)).toEqual(Object.keys(config[kind]).toSorted());
    }
    expect(extensions).toEqual(Object.keys(config.extensions));
  });
});

describe('Grafana', () => {
  it('is given every datasource that panels name', () => {
    const provisioned = read('grafana/provisioning/datasources/datasources.yaml') as {
      datasources: { uid: string; type: string }[];
    };
    for (const datasource of Object.values(datasources)) {
      expect(provisioned.datasources).toContainEqual(expect.objectContaining(datasource));
    }
  });

  it('looks for dashboards where compose mounts them', () => {
    const { providers } = read('grafana/provisioning/dashboards/dashboards.yaml') as {
      providers: { options: { path: string } }[];
    };
    const mounted = providers.map(({ options }) => `./grafana/dashboards:${options.path}:ro`);
    expect((read('compose.yaml') as Compose).services['grafana']?.volumes).toEqual(
      expect.arrayContaining(mounted),
    );
  });
});
