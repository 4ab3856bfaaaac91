// Prints docs/alerts.md from the table of alerts. Run by `npm run generate`.
import {
  type AlertLevel,
  type AlertRule,
  clearMargin,
} from '../services/metrics-collector/src/domain/alert-rule.ts';
import { alertRules } from '../services/metrics-collector/src/domain/alert-rules.ts';
import { repeatEveryMs } from '../services/metrics-collector/src/domain/alerts.ts';

const rules = alertRules();

const rows = rules.map((rule) => {
  const levels = (['warning', 'critical'] as const).map((severity) => {
    const level = rule.levels.find((it) => it.severity === severity);
    return level === undefined ? '' : `${conditionOf(rule, level)}${durationOf(level)}`;
  });
  return `| [\`${rule.name}\`](#${rule.name}) | ${rule.measures} | ${levels.join(' | ')} |`;
});

const sections = rules.map((rule) => {
  const labels = rule.labels.map((label) => `\`${label}\``).join(', ') || 'none';
  const samples = rule.minSamples > 1 ? ` Needs ${rule.minSamples} observations.` : '';
  return `## ${rule.name}

Judges ${rule.measures}.${samples} Labels: ${labels}. Ends after ${span(rule.resolveAfterMs)} without it.

**What it means.** ${rule.meaning}

**What to do.** ${rule.remedy}

**Why these numbers.** ${rule.source}`;
});

console.log(`# Alerts

Generated from \`services/metrics-collector/src/domain/alert-rules.ts\` by \`npm run generate\`.

The metrics-collector that leads judges these every ten seconds, and after a start that was slow at
once. It tells the log, the metrics \`pilotlight_alerts_firing\` and \`pilotlight_alerts_total\`, NATS
(\`alert.<severity>.<name>\`, stream \`ALERTS\`) and, where \`PILOTLIGHT_ALERT_WEBHOOK\` is set, a webhook:
when an alert begins, when its severity changes, when it ends, and every ${span(repeatEveryMs)} while it
goes on. \`pilotlight alerts\` shows them. Once an alert fires, its value must be ${clearMargin * 100} % better than
the threshold before it counts as gone.

A webhook gets the message \`Alert\` of \`proto/pilotlight/v1/alert.proto\` as JSON. It has five seconds; what
fails is tried six times within about a minute, redirects are not followed, and nobody waits for it.
The same \`alert_id\` is the same occurrence: the last message says how it stands.

Where there is Prometheus, \`deploy/observability/prometheus/rules\` has the same alerts under the same names
in CamelCase, with the thresholds below: what the environment changes holds for the pushed ones alone.
Where both are in use, have only one of them wake people.

| alert | what | warning | critical |
|---|---|---|---|
${rows.join('\n')}

${sections.join('\n\n')}

## ServiceDown

Prometheus only: a service of the platform has not answered a scrape for a minute. It is critical.

**What to do.** Look at its log and whether its process lives; whatever supervises it starts it again.

## NobodyDecidesAboutAlerts

Prometheus only: for five minutes no metrics-collector has been scraped, so none of the above can fire.

**What to do.** Start metrics-collector, or add it to what Prometheus scrapes.`);

function conditionOf(rule: AlertRule, { threshold }: AlertLevel): string {
  switch (rule.unit) {
    case 'seconds':
      return `${rule.comparison} ${span(threshold * 1_000)}`;
    case 'ratio':
      return `${rule.comparison} ${threshold * 100} %`;
    case 'count':
      return `${rule.comparison} ${threshold.toLocaleString('en')}`;
    case 'flag':
      return 'it is so';
  }
}

function durationOf({ forMs }: AlertLevel): string {
  return forMs === 0 ? '' : ` for ${span(forMs)}`;
}

function span(ms: number): string {
  if (ms < 1_000) return `${ms} ms`;
  return ms < 60_000 || ms % 60_000 !== 0 ? `${ms / 1_000} s` : `${ms / 60_000} min`;
}
