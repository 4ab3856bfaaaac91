// Prints docs/metrics.md: has every service register its metrics, and notes what it registers. Run by
// `npm run generate`.
import { Startup } from '../packages/lifecycle/src/startup.ts';
import { type Metrics, requestLatency } from '../packages/telemetry/src/index.ts';
import { type MeasuredParts, registerMetrics } from '../services/executor/src/api/metrics.ts';
import { cacheMetrics } from '../services/gateway/src/adapters/cache-metrics.ts';
import { alertMetrics } from '../services/metrics-collector/src/adapters/alert-metrics.ts';
import { shownNodes } from '../services/metrics-collector/src/adapters/node-instruments.ts';
import { prometheusInstruments } from '../services/metrics-collector/src/adapters/prometheus-instruments.ts';
import { spanMetrics } from '../services/metrics-collector/src/adapters/span-metrics.ts';
import { relativeError } from '../services/metrics-collector/src/domain/latency-sketch.ts';
import { registerPoolMetrics } from '../services/pool-manager/src/adapters/pool-metrics.ts';
import { observeWith } from '../services/scheduler/src/adapters/metrics.ts';
import { storeMetrics } from '../services/stats-recorder/src/adapters/measured-store.ts';
import { recorderMetrics } from '../services/stats-recorder/src/adapters/recorder-metrics.ts';

interface Row {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
}

/** What `register` registers. Nothing is measured and nothing scraped. */
function registeredBy(register: (metrics: Metrics) => void): Row[] {
  const rows: Row[] = [];
  const deaf = { inc() {}, dec() {}, set() {}, reset() {}, remove() {}, observe() {} };
  const note =
    (type: Row['type']) =>
    (name: string, help: string, labels: readonly string[] = []) => {
      rows.push({ name, type, help, labels });
      return deaf;
    };
  register({
    counter: note('counter'),
    gauge: note('gauge'),
    histogram: note('histogram'),
    onScrape() {},
    text: async () => '',
    contentType: '',
  });
  return rows;
}

const sections: Readonly<Record<string, (metrics: Metrics) => void>> = {
  'Every service'(metrics) {
    new Startup().show(metrics);
    requestLatency(metrics, 'any');
  },
  scheduler: (metrics) => observeWith(metrics, () => undefined),
  gateway: (metrics) => {
    cacheMetrics(metrics, () => undefined);
  },
  'pool-manager': (metrics) => registerPoolMetrics(metrics, { list: () => [] }, () => false),
  // Its parts are looked at when it is scraped, which it never is here.
  executor: (metrics) => registerMetrics(metrics, {} as MeasuredParts),
  'metrics-collector'(metrics) {
    prometheusInstruments(metrics);
    alertMetrics(metrics, []);
    spanMetrics(metrics);
  },
  'stats-recorder'(metrics) {
    storeMetrics(metrics);
    recorderMetrics(metrics, () => false);
  },
};

const tables = Object.entries(sections).map(([title, register]) => {
  const rows = registeredBy(register).map(({ name, type, help, labels }) => {
    const named = labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${name}\` | ${type} | ${named} | ${help.replace(/\.$/, '')} |`;
  });
  return `## ${title}\n\n| metric | type | labels | what it is |\n|---|---|---|---|\n${rows.join('\n')}`;
});

console.log(`# Metrics

Generated from what the services register by \`npm run generate\`. Each serves them at \`/metrics\` of its
\`PILOTLIGHT_OPS_ADDRESS\`, with Node's own process metrics; every series also has the label \`service\`.
Names that start with \`code_runner_\` are the code runner's own. Start times are seconds since the
process began: \`modules\` is Node itself and loading the code, the other components are what the service
opens and serves, and \`ready_for_request\` is the end of \`rpc\`, when its gRPC server answers. The components
of \`critical_path\` begin one after another has ended; what runs beside them, and gaps between them, do not
count. Calls to health checking and reflection are not in the request latency.

Label values are closed sets. \`template\` and \`language\` are the catalogue's, with \`unknown\` for whatever
else a message says; \`node\` is a key of the bucket \`nodes\`, and the first ${shownNodes} by name have series of their
own. No label is an id of a sandbox, execution or user. A gauge of a template or node that went away goes
too; a ratio or quantile of nothing has no series. Quantiles come from sketches: within ${100 * relativeError} % of the exact ones
from 10 µs to 1 h, at most 190 KB for each template. What agents and tokens are, says
[decision 15](adr/0015-agents-and-tokens.md).

${tables.join('\n\n')}`);
