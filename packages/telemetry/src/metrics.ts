// Prometheus metrics of one process behind a small interface that keeps the naming rules.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export type CounterMetric<Name extends string> = Pick<Counter<Name>, 'inc'>;
export type GaugeMetric<Name extends string> = Pick<
  Gauge<Name>,
  'set' | 'inc' | 'dec' | 'remove' | 'reset'
>;
export type HistogramMetric<Name extends string> = Pick<Histogram<Name>, 'observe'>;

/**
 * A registry. Making a metric throws on a name or label that breaks the rules, and on a name that
 * exists. Units are in names and are base units: seconds, bytes. The values of a label are a
 * closed set: an id would make a series of its own.
 */
export interface Metrics {
  counter<const Name extends string = never>(
    name: string,
    help: string,
    labels?: readonly Name[],
  ): CounterMetric<Name>;
  gauge<const Name extends string = never>(
    name: string,
    help: string,
    labels?: readonly Name[],
  ): GaugeMetric<Name>;
  /** `buckets`: growing upper bounds. */
  histogram<const Name extends string = never>(
    name: string,
    help: string,
    labels: readonly Name[],
    buckets: readonly number[],
  ): HistogramMetric<Name>;
  /** Runs before every scrape, to set gauges from what is. When it fails, the scrape fails. */
  onScrape(refresh: () => void | Promise<void>): void;
  /** Everything in the Prometheus text format. */
  text(): Promise<string>;
  /** The content type of that text. */
  readonly contentType: string;
}

const namePattern = /^(pilotlight|code_runner)_[a-z0-9]+(_[a-z0-9]+)*$/;
const labelPattern = /^[a-z][a-z0-9_]*$/;

/** At 10 ms, the default, sampling the event loop's delay is most of what an idle service does. */
const eventLoopSampleMs = 100;

/** With Node's own process metrics; every series has the label `service`. */
export function createMetrics(service: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: eventLoopSampleMs });
  const refreshers: (() => void | Promise<void>)[] = [];
  const describe = <Name extends string>(name: string, help: string, labels: readonly Name[]) => {
    checkNames(name, labels);
    return { name, help, labelNames: [...labels], registers: [registry] };
  };
  return {
    counter: (name, help, labels = []) => {
      if (!name.endsWith('_total')) throw new Error(`A counter's name ends in _total: ${name}`);
      return new Counter(describe(name, help, labels));
    },
    gauge: (name, help, labels = []) => new Gauge(describe(name, help, labels)),
    histogram: (name, help, labels, buckets) =>
      new Histogram({ ...describe(name, help, labels), buckets: [...buckets] }),
    onScrape: (refresh) => {
      refreshers.push(refresh);
    },
    async text() {
      await Promise.all(refreshers.map((refresh) => refresh()));
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}

function checkNames(name: string, labels: readonly string[]): void {
  if (!namePattern.test(name)) {
    throw new Error(`A metric's name is pilotlight_… or code_runner_… in snake_case: ${name}`);
  }
  for (const label of labels) {
    if (!labelPattern.test(label)) throw new Error(`${name}: "${label}" cannot be a label`);
    if (/(^|_)id$/.test(label)) throw new Error(`${name}: ids are no labels: ${label}`);
  }
}
