// Prometheus' alerts and Alertmanager's routes, by the programs that read them; and that Prometheus has
// the alerts that metrics-collector pushes: one table, two forms.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMetrics } from '@pilotlight/telemetry';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { alertMetrics } from '../../services/metrics-collector/src/adapters/alert-metrics.ts';
import { prometheusInstruments } from '../../services/metrics-collector/src/adapters/prometheus-instruments.ts';
import { alertRules } from '../../services/metrics-collector/src/domain/alert-rules.ts';
import { programOnPath } from './testing/programs.ts';

interface Rule {
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface PromqlTest {
  readonly expr: string;
  readonly exp_samples: readonly { readonly labels: string }[];
}

const path = (name: string) => join(import.meta.dirname, name);
const text = (name: string) => readFileSync(path(name), 'utf8');

const rulesFile = 'prometheus/rules/pilotlight.yml';
const testsFile = 'prometheus/tests/pilotlight.yml';
const groups = parse(text(rulesFile)) as { groups: { rules: Rule[] }[] };
const rules = groups.groups.flatMap((group) => group.rules);
const alerts = rules.filter(({ alert }) => alert !== undefined);

const promtool = programOnPath('promtool');
const amtool = programOnPath('amtool');
if (promtool === undefined) console.log('skipped: promtool is not installed (Debian: prometheus)');
if (amtool === undefined) {
  console.log('skipped: amtool is not installed (Debian: prometheus-alertmanager)');
}

/** What a program writes; rejects with what it says is wrong. */
function run(program: string | undefined, ...args: string[]): string {
  return execFileSync(program ?? '', args, { encoding: 'utf8', stdio: 'pipe' });
}

describe.skipIf(promtool === undefined)('promtool', () => {
  it('reads every rule', () => {
    expect(run(promtool, 'check', 'rules', path(rulesFile))).toContain(`${rules.length} rules`);
  });

  it('sees each alert fire and not fire, with its text', () => {
    expect(run(promtool, 'test', 'rules', path(testsFile))).toContain('SUCCESS');
  });

  it.each([
    ['a threshold', '>= 0.8\n', '>= 0.7\n'],
    ['a waiting time', 'for: 10m', 'for: 9m'],
    ['an end', 'keep_firing_for: 30s', 'keep_firing_for: 3m'],
    ['a number of observations', '>= 20\n', '>= 2\n'],
    ['a text', 'without an owner', 'with an owner'],
  ])('would see that %s has changed', (_, is, other) => {
    const folder = mkdtempSync(join(tmpdir(), 'pilotlight-rules-'));
    try {
      expect(text(rulesFile)).toContain(is);
      writeFileSync(join(folder, 'rules.yml'), text(rulesFile).replace(is, other));
      const tests = text(testsFile).replace('../rules/pilotlight.yml', 'rules.yml');
      writeFileSync(join(folder, 'tests.yml'), tests);
      expect(() => run(promtool, 'test', 'rules', join(folder, 'tests.yml'))).toThrow(/FAILED/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** `for` and `keep_firing_for` as milliseconds. */
function durationMs(duration = '0s'): number {
  const [, count, unit] = /^(\d+)(s|m)$/.exec(duration) ?? [];
  return Number(count) * (unit === 'm' ? 60_000 : 1_000);
}

const camelCase = (name: string) =>
  name.replaceAll(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** A metric that is compared with a number, wherever that is in the expression. */
const comparisonsOf = (expr: string) =>
  [...expr.matchAll(/(>=|<=|==|>|<)\s*([\d.]+)/g)].map(([, operator, number]) => {
    return `${operator} ${Number(number)}`;
  });

describe('Prometheus and metrics-collector', () => {
  const pushed = alertRules().flatMap((rule) =>
    rule.levels.map((level) => ({
      alert: camelCase(rule.name),
      severity: level.severity,
      comparisons: [
        `${rule.comparison} ${level.threshold}`,
        ...(rule.minSamples > 1 ? [`>= ${rule.minSamples}`] : []),
      ],
      forMs: level.forMs,
      resolveAfterMs: rule.resolveAfterMs,
      runbook: `docs/alerts.md#${rule.name}`,
    })),
  );
  const own = ['ServiceDown', 'NobodyDecidesAboutAlerts'];

  it('have the same alerts with the same thresholds, waiting times and ends', () => {
    const twins = alerts.filter(({ alert = '' }) => !own.includes(alert));
    const described = twins.map((rule) => ({
      alert: rule.alert,
      severity: rule.labels['severity'],
      comparisons: comparisonsOf(rule.expr),
      forMs: durationMs(rule.for),
      resolveAfterMs: durationMs(rule.keep_firing_for),
      runbook: rule.annotations['runbook'],
    }));
    const sorted = <T>(list: readonly T[]) =>
      list.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
    expect(sorted(described)).toEqual(sorted(pushed));
  });

  it('lead to a place in the documentation that is there', () => {
    const headings = [...text('../../docs/alerts.md').matchAll(/^## (\w+)$/gm)].map(
      ([, heading]) => `docs/alerts.md#${heading?.toLowerCase()}`,
    );
    for (const { annotations } of alerts) expect(headings).toContain(annotations['runbook']);
  });

  it('ask only for metrics that are exposed', async () => {
    const metrics = createMetrics('metrics-collector');
    prometheusInstruments(metrics);
    alertMetrics(metrics, alertRules());
    const exposed = [...(await metrics.text()).matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name);
    exposed.push('pilotlight_stats_database_up');
    const asked = rules.flatMap(({ expr }) =>
      [...expr.matchAll(/(?<![\w:])(?:pilotlight|code_runner)_\w+(?![\w:])/g)].map(([name]) =>
        name.replace(/_count$/, ''),
      ),
    );
    expect(asked.length).toBeGreaterThan(15);
    for (const name of asked) expect(exposed).toContain(name);
  });

  it('are tested: each alert and severity fires somewhere, and does not elsewhere', () => {
    const { tests } = parse(text(testsFile)) as { tests: { promql_expr_test: PromqlTest[] }[] };
    const asked = tests.flatMap((test) => test.promql_expr_test);
    for (const { alert = '', labels } of alerts) {
      const about = asked.filter(({ expr }) => expr.includes(`alertname="${alert}"`));
      const firing = about.filter(({ exp_samples }) =>
        exp_samples.some((sample) => sample.labels.includes(`severity="${labels['severity']}"`)),
      );
      expect(firing.length, `${alert} ${labels['severity']}`).toBeGreaterThan(0);
      expect(about.length, `${alert} ${labels['severity']}`).toBeGreaterThan(firing.length);
    }
  });
});

describe.skipIf(amtool === undefined)('amtool', () => {
  const config = path('alertmanager/alertmanager.yml');

  it('reads the configuration', () => {
    expect(run(amtool, 'check-config', config)).toContain('SUCCESS');
  });

  it.each([
    ['critical', 'pagerduty,webhook'],
    ['warning', 'webhook'],
  ])('sends what is %s to %s', (severity, receivers) => {
    const args = ['config', 'routes', 'test', `--config.file=${config}`];
    const routed = run(amtool, ...args, 'alertname=QueueAge', `severity=${severity}`);
    expect(routed.trim()).toBe(receivers);
  });

  it('has no key in it', () => {
    expect(text('alertmanager/alertmanager.yml')).toMatch(/routing_key_file: \S+/);
    expect(text('alertmanager/alertmanager.yml')).not.toMatch(/(routing_key|service_key|token):/);
  });
});
