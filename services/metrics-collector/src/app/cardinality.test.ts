// Whatever comes, the number of series is bounded by the catalogue and the nodes, and no id becomes one.
import { randomUUID } from 'node:crypto';
import { sandboxEventTypes, stopReasons, streams, terminalStatuses } from '@pilotlight/contracts';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { shownNodes } from '../adapters/node-instruments.ts';
import { type CollectorRig, startCollector } from '../testing/collector-rig.ts';

const messages = 10_000;
/** In every text that stands for an id or comes from outside; never in what is exposed. */
const mark = 'zqx';
const nodes = shownNodes + 50;

/** What one template, language and so on may have at most: the known names, and `unknown`. */
const templates = 1 + 1;
const languages = 1 + 1;
const phases = 6;
const histogram = (buckets: number) => buckets + 1 + 2;

/** Every series of the collector, at most. */
const bound =
  languages * (terminalStatuses.length + 1) * histogram(13) * 2 + // executions, compile stages
  templates * phases * histogram(14) + // start phases
  templates * 2 * histogram(14) + // acquisitions
  templates * (stopReasons.length + 1) +
  (sandboxEventTypes.length + 1) +
  Object.keys(streams).length +
  templates * 3 * 4 + // acquisition quantiles
  templates * 4 + // start quantiles
  templates * (3 + 1 + 1 + 1) + // sandboxes, leases, failing nodes, hit ratio
  languages * (2 + 1 + 1) + // queues, warm containers, cold-start rate
  2 + // nodes
  shownNodes * (1 + 3 + 2 + 2 + 5) +
  2 * 2 + // error ratio, throughput
  4; // overall hit ratio, completion, agents, tokens

let rig: CollectorRig;

beforeEach(async () => {
  rig = await startCollector();
});

afterEach(() => rig.close());

const hostile = fc.oneof(
  fc.constant(''),
  fc.string({ maxLength: 80, unit: 'binary' }).map((text) => `${mark}${text}`),
  fc.constantFrom(
    ...[`${mark}"} 1\nup{x="`, `../../${mark}`, `__proto__${mark}`, `${mark}${'é'.repeat(300)}`],
  ),
);
const time = fc.constantFrom(0, 1, 12.5, -5, 1e300, Number.MAX_SAFE_INTEGER);

const event = fc.record({
  type: fc.oneof(fc.constantFrom(...sandboxEventTypes), hostile),
  template: fc.oneof(fc.constant('python'), hostile),
  node: hostile,
  sandboxId: hostile,
  userId: hostile,
  requestId: hostile,
  language: hostile,
  s3Bucket: hostile,
  detail: hostile,
  stopReason: fc.oneof(fc.constantFrom(...stopReasons), hostile),
  fromWarmPool: fc.boolean(),
  acquisitionMs: time,
  phases: fc.option(fc.record({ totalMs: time, appInitMs: time }), { nil: undefined }),
});

const status = fc.oneof(fc.constantFrom(...terminalStatuses), hostile);

const result = fc.record({
  status,
  compile: fc.record({ status, executionTimeMs: time, cpuTimeMs: time }),
  language: fc.oneof(fc.constantFrom('python', 'py'), hostile),
  userId: hostile,
  sandboxId: hostile,
  correlationId: hostile,
  version: hostile,
  executionTimeMs: time,
  cpuTimeMs: time,
  fromWarmPool: fc.boolean(),
});

it(`has a bounded number of series after ${messages} hostile messages`, async () => {
  const half = messages / 2;
  for (const [index, made] of fc.sample(event, { numRuns: half, seed: 4 }).entries()) {
    await rig.publishEvent({ ...made, eventId: `${mark}-${index}` });
  }
  for (const made of fc.sample(result, { numRuns: half, seed: 5 })) {
    await rig.publishResult(`${mark}-${randomUUID()}`, made);
  }
  const resources = { pressure: `${mark} pressure`, pressureOf: mark, cpuUsedRatio: 0.5 };
  const pools = fc.sample(hostile, { numRuns: 20, seed: 6 }).map((template) => ({
    ...{ template, ready: 1, leased: 1, problem: `${mark} broke` },
  }));
  for (let node = 0; node < nodes; node++) {
    const name = `node-${String(node).padStart(3, '0')}`;
    await rig.report(name, { node: mark, resources, pools });
  }
  let counted = 0;
  await rig.reached(async () => {
    const text = await rig.text();
    counted = sum(text, 'pilotlight_sandbox_events_total');
    const executions = sum(text, 'code_runner_execution_duration_seconds_count');
    return counted === half && executions === half;
  });
  await rig.refreshed();
  const text = await rig.text();
  const series = text.split('\n').filter((line) => /^(pilotlight|code_runner)_/.test(line));
  expect(series.length).toBeLessThanOrEqual(bound);
  // Not much less: the bound is one that is reached, but for the pairs that never came together.
  expect(series.length).toBeGreaterThan(0.9 * bound);
  expect(text).not.toContain(mark);
  expect(text).toMatch(/pilotlight_nodes\{state="live".*\} 250\n/);
  expect(text).not.toContain(`node="node-${shownNodes}"`);
}, 120_000);

function sum(text: string, name: string): number {
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`));
  return lines.reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' '))), 0);
}
