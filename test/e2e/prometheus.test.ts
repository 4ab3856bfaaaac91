// A real Prometheus scrapes the running platform, and dashboards and rules find what they ask for.
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { connect } from '@pilotlight/client';
import { Scope } from '@pilotlight/lifecycle';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  metricNames,
  promQueries,
  sqlQueries,
} from '../../deploy/observability/testing/dashboard-queries.ts';
import { programOnPath } from '../../deploy/observability/testing/programs.ts';
import { usePlatform } from './fixture.ts';
import { type PrometheusServer, startPrometheus } from './prometheus-server.ts';
import { until } from './until.ts';

interface ActiveTarget {
  readonly health: string;
  readonly lastError: string;
  readonly labels: Readonly<Record<string, string>>;
}

interface RuleGroup {
  readonly rules: readonly {
    readonly name: string;
    readonly query: string;
    readonly health: string;
    readonly lastError?: string;
  }[];
}

/** Metrics that a healthy platform has no series of, and why nothing here makes one. */
const withoutSeries: Readonly<Record<string, string>> = {
  pilotlight_compile_duration_seconds: 'no template of this test compiles',
  pilotlight_attempt_setbacks_total: 'no attempt comes to nothing',
  pilotlight_alerts_total: 'nothing is wrong',
  pilotlight_alert_deliveries_total: 'nothing is wrong',
};

const program = programOnPath('prometheus');
if (program === undefined) console.log('skipped: prometheus is not installed (Debian: prometheus)');

describe.skipIf(program === undefined)('Prometheus beside the platform', () => {
  const under = usePlatform({ driver: 'oci' });
  const scope = new Scope();
  let prometheus: PrometheusServer;

  beforeAll(async () => {
    prometheus = await startPrometheus(scope, { program: program ?? '', dataDir: under.dataDir });
  });
  afterAll(() => scope.close());

  const valuesOf = async (query: string) => {
    const { result } = (await prometheus.get('query', { query })) as {
      result: { value: [number, string] }[];
    };
    return result.map(({ value }) => Number(value[1]));
  };

  const counted = async (query: string) => (await valuesOf(query))[0] ?? 0;

  it('gets an answer from every process', async () => {
    const processes = Object.keys(under.platform.endpoints.ops).toSorted();
    const answering = await until('every target is up', async () => {
      const { activeTargets } = (await prometheus.get('targets')) as {
        activeTargets: ActiveTarget[];
      };
      const up = activeTargets.filter(({ health }) => health === 'up');
      return up.length === processes.length && up.map(({ labels }) => labels['instance']);
    });
    expect(answering.toSorted()).toEqual(processes);
    expect(await valuesOf('up{job="pilotlight"}')).toEqual(processes.map(() => 1));
  });

  it('has data for every query of the dashboards once somebody used the platform', async () => {
    const { client } = under;
    for (const [language, code] of [
      ['python', 'print(1)'],
      ['sh', 'exit 3'],
      ['javascript', '1'],
    ] as const) {
      await client.run({ language, code, userId: 'ada' });
    }
    await client.run({ language: 'sh', code: 'sleep 60', timeoutSeconds: 1, userId: 'ada' });
    const leases = await Promise.all(
      Array.from({ length: 4 }, () => client.acquire({ template: 'shell', userId: 'ada' })),
    );
    for (const lease of leases) await lease.release();

    const wanted = promQueries().filter(({ text }) =>
      metricNames(text).every((name) => withoutSeries[seriesOf(name)] === undefined),
    );
    let missing = wanted;
    await until(
      'every query has data',
      async () => {
        const still: typeof missing = [];
        for (const query of missing) {
          const { result } = (await prometheus.get('query', { query: query.text })) as {
            result: [];
          };
          if (result.length === 0) still.push(query);
        }
        missing = still;
        return missing.length === 0;
      },
      40_000,
    ).catch((error: unknown) => {
      throw new Error(missing.map(({ where, text }) => `${where}: ${text}`).join('\n'), {
        cause: error,
      });
    });

    const completed = 'sum(code_runner_execution_duration_seconds_count{status="completed"})';
    await until('all three runs are counted', async () => (await counted(completed)) === 3);
    const acquired = 'sum(pilotlight_acquisition_seconds_count{template="shell"})';
    await until('all leases are counted', async () => (await counted(acquired)) >= leases.length);
  });

  it('knows every metric that dashboards and rules name', async () => {
    const exposed = new Set<string>();
    for (const address of Object.values(under.platform.endpoints.ops)) {
      const text = await (await fetch(`http://${address}/metrics`)).text();
      for (const [, name] of text.matchAll(/^# TYPE (\S+)/gm)) exposed.add(name ?? '');
    }
    const { groups } = (await prometheus.get('rules')) as { groups: RuleGroup[] };
    const rules = groups.flatMap((group) => group.rules);
    const asked = [...promQueries().map(({ text }) => text), ...rules.map(({ query }) => query)];
    const unknown = new Set(
      asked
        .flatMap(metricNames)
        .filter((name) => !exposed.has(name) && !exposed.has(seriesOf(name))),
    );
    expect([...unknown]).toEqual([]);
    for (const name of Object.keys(withoutSeries)) expect(exposed).toContain(name);
  });

  it('loads and evaluates every rule', async () => {
    const rules = await until('every rule was evaluated', async () => {
      const { groups } = (await prometheus.get('rules')) as { groups: RuleGroup[] };
      const all = groups.flatMap((group) => group.rules);
      return all.length > 0 && all.every(({ health }) => health !== 'unknown') && all;
    });
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
  });

  it('finds in the database what the panels from SQL ask for', async () => {
    const { apiKey, grpc, stats } = under.platform.endpoints;
    const client = await connect({ address: grpc, apiKey, statsAddress: stats });
    scope.defer('client', () => client.close());
    const used = await until('every request is recorded', async () => {
      const { total } = await client.stats();
      return total !== undefined && total.served >= 8 && total;
    });
    const samples = 'sum(pilotlight_stats_rows_total{table="pool_samples"})';
    await until('the pools were sampled', async () => (await counted(samples)) > 0);
    await under.platform.stop();
    const database = await PGlite.create(join(under.dataDir, 'database'));
    try {
      const to = new Date();
      const from = new Date(to.getTime() - 3_600_000);
      const rows = new Map<string, readonly unknown[]>();
      const nobody = { projectId: '00000000-0000-0000-0000-000000000000', functionName: '' };
      for (const { text, panel } of sqlQueries({ from, to }, nobody)) {
        rows.set(panel.title, (await database.query(text)).rows);
      }
      expect(rows.get('Requests')).toEqual([{ served: used.served, failed: 0 }]);
      expect(rows.get('Warm pool hit rate')).toMatchObject([{ overall: used.warmHitRate }]);
      expect(rows.get('Latency')).toMatchObject([
        { p50: used.startup?.p50, max: used.startup?.max },
      ]);
      const templates = ['javascript', 'python', 'shell'].map((template) => ({ template }));
      expect(rows.get('Latency by template')).toHaveLength(templates.length);
      const revisions = rows.get('Initialisation by revision');
      expect(revisions).toMatchObject(templates);
      expect(revisions).toHaveLength(templates.length);
      expect(rows.get('How often pools ran dry')).toEqual(
        expect.arrayContaining(templates.map((one) => expect.objectContaining(one))),
      );
    } finally {
      await database.close();
    }
  });
});

/** A histogram's series have its name with an ending. */
function seriesOf(name: string): string {
  return name.replace(/_(bucket|sum|count)$/, '');
}
