import { Alert, fromJsonBytes, SandboxEvent, subject, subjectFilter } from '@pilotlight/contracts';
import { electLeader, ManualClock } from '@pilotlight/lifecycle';
import { createMemoryBus, type MemoryBus } from '@pilotlight/messaging';
import { createMetrics } from '@pilotlight/telemetry';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { alertMetrics } from '../adapters/alert-metrics.ts';
import { alertRules } from '../domain/alert-rules.ts';
import { repeatEveryMs } from '../domain/alerts.ts';
import { logChannel, publishAlert } from './alert-channels.ts';
import { Alerting, evaluateEveryMs } from './alerting.ts';
import { DeliveryQueue } from './delivery-queue.ts';
import type { CollectorSnapshot, NodeSnapshot } from './snapshot.ts';

let bus: MemoryBus;
let clock: ManualClock;
let nodes: readonly NodeSnapshot[];
let templates: CollectorSnapshot['templates'];
let logged: string[];
let endings: (() => Promise<void>)[];

beforeEach(() => {
  clock = new ManualClock();
  bus = createMemoryBus({ now: () => clock.now() });
  nodes = [];
  templates = [];
  logged = [];
  endings = [];
});

afterEach(async () => {
  for (const end of endings) await end();
  await bus.close();
});

const write = (level: string) => (_: object, text: string) => void logged.push(`${level} ${text}`);
const logger = { info: write('info'), warn: write('warn'), error: write('error') };

/** Lets everything go on that waits for nothing but promises. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets the time pass in which collectors look so and so often at how things are. */
async function pass(ms: number, stepMs = evaluateEveryMs): Promise<void> {
  await settle();
  for (let passed = 0; passed < ms; passed += stepMs) {
    clock.advance(stepMs);
    await settle();
  }
}

/** A collector's alerting. */
function startAlerting() {
  const metrics = createMetrics('metrics-collector');
  const rules = alertRules();
  const instruments = alertMetrics(metrics, rules);
  const onBus = new DeliveryQueue({
    ...{ channel: 'nats', clock, logger, count: instruments.deliveries('nats') },
    deliver: (alert) => publishAlert(bus, alert),
  });
  const alerting = new Alerting({
    ...{ bus, clock, rules, instruments, logger },
    channels: [logChannel(logger), instruments, onBus],
    snapshot: () => ({ templates, nodes, warmHitRatio: undefined, queues: [] }),
  });
  const ended = new AbortController();
  const running = alerting.run(ended.signal);
  endings.push(async () => {
    ended.abort();
    await running;
    await onBus.stop();
  });
  /** Leads until the test ends. */
  const lead = async () => {
    const leading = alerting.lead(ended.signal);
    endings.push(() => leading);
    await settle();
  };
  return { alerting, lead, text: () => metrics.text() };
}

const orphan = (oldestOrphanSeconds: number): NodeSnapshot => ({
  node: 'n1',
  isDraining: false,
  resources: undefined,
  oldestOrphanSeconds,
});

/** All that was published so far. */
async function published(): Promise<Alert[]> {
  const filter = subjectFilter('alert');
  const alerts: Alert[] = [];
  if ((await bus.oldest('ALERTS', filter)) === undefined) return alerts;
  for await (const { data, pending } of bus.follow(
    'ALERTS',
    filter,
    'first',
    new AbortController().signal,
  )) {
    alerts.push(fromJsonBytes(Alert, data));
    if (pending === 0) break;
  }
  return alerts;
}

const states = async () => (await published()).map(({ severity, state }) => `${severity} ${state}`);

it('tells the bus, the log and the metrics when an alert begins, gets worse and ends', async () => {
  const { lead, text } = startAlerting();
  await lead();
  nodes = [orphan(90)];
  await pass(10_000);
  expect(await text()).toMatch(/alerts_firing\{name="orphan_age",severity="warning",.*\} 1\n/);
  nodes = [orphan(700)];
  await pass(10_000);
  nodes = [orphan(0)];
  await pass(40_000);
  expect(await states()).toEqual(['warning firing', 'critical firing', 'critical resolved']);
  const [begun, , ended] = await published();
  expect(begun).toMatchObject({
    name: 'orphan_age',
    labels: { node: 'n1' },
    value: 90,
    threshold: 60,
    summary: 'A sandbox without an owner has been on n1 for 90 s',
  });
  expect(ended?.alertId).toBe(begun?.alertId);
  expect(logged.map((line) => line.slice(0, 12))).toEqual([
    'warn alert: ',
    'error alert:',
    'info alert r',
  ]);
  expect(await text()).toMatch(/alerts_firing\{name="orphan_age",severity="critical",.*\} 0\n/);
  expect(await text()).toMatch(
    /alerts_total\{name="orphan_age",severity="critical",state="resolved",.*\} 1\n/,
  );
  expect(await text()).toMatch(/queue_oldest_age_seconds\{queue="standard",.*\} 0\n/);
});

it('tells an alert that goes on again after five minutes, and counts it once', async () => {
  const { lead, text } = startAlerting();
  await lead();
  nodes = [orphan(90)];
  await pass(10_000 + repeatEveryMs);
  expect(await states()).toEqual(['warning firing', 'warning firing']);
  expect(await text()).toMatch(/alerts_total\{name="orphan_age",.*state="firing",.*\} 1\n/);
});

it('looks soon after a slow start', async () => {
  const { alerting, lead } = startAlerting();
  await lead();
  const times = { count: 1, p50: 6, p90: 6, p99: 6, max: 6 };
  const acquisition = { warm: undefined, cold: undefined, all: undefined };
  templates = [
    { template: 'python', acquisition, start: times, warmHitRatio: undefined, failingNodes: [] },
  ];
  const phases = { schedulingMs: 0, totalMs: 6_000 };
  alerting.onEvent(SandboxEvent.create({ type: 'ready', template: 'python', phases }));
  clock.advance(1_000);
  await settle();
  expect(logged).toEqual(['warn alert: A sandbox of python took 6 s to start']);
});

it('is told once of two collectors, and goes on where the one that led has stopped', async () => {
  const stand = (holder: string) => {
    const { alerting, text } = startAlerting();
    const signal = new AbortController().signal;
    const candidate = { service: 'metrics-collector', holder, address: `${holder}:1` };
    const election = electLeader({
      ...{ ...candidate, bus, clock, signal },
      onElected: (_, term) => alerting.lead(term),
    });
    return { election, text };
  };
  const [first, second] = [stand('first'), stand('second')];
  await settle();
  const elections = await Promise.all([first.election, second.election]);
  expect(elections.map((election) => election.isLeader())).toEqual([true, false]);
  nodes = [orphan(90)];
  await pass(15_000, 500);
  const firing = /alerts_firing\{name="orphan_age",severity="warning",.*\} (\d)\n/;
  expect(firing.exec(await first.text())?.[1]).toBe('1');
  expect(firing.exec(await second.text())?.[1]).toBe('0');
  await elections[0].stop();
  await pass(20_000, 500);
  expect(elections[1].isLeader()).toBe(true);
  expect(await states()).toEqual(['warning firing']);
  expect(firing.exec(await first.text())?.[1]).toBe('0');
  expect(firing.exec(await second.text())?.[1]).toBe('1');
  nodes = [];
  await pass(60_000, 500);
  const [begun, ended] = await published();
  expect(await states()).toEqual(['warning firing', 'warning resolved']);
  expect(ended).toMatchObject({ alertId: begun?.alertId, beganAt: begun?.beganAt });
  await elections[1].stop();
});

it('reads what waits and what the recorder says of its database', async () => {
  const request = subject('executionRequest', { priority: 'high', language: 'python' });
  await bus.publish(request, Buffer.from('{}'));
  const health = await bus.bucket('health');
  const report = { ok: false, since: clock.now(), reason: 'connection refused' };
  await health.put('stats-recorder.database', Buffer.from(JSON.stringify(report)));
  const { lead, text } = startAlerting();
  await lead();
  await pass(30_000);
  expect((await published()).map(({ summary }) => summary)).toEqual([
    'The database does not answer: connection refused',
  ]);
  clock.advance(90_000);
  await pass(10_000);
  expect((await published()).at(-1)).toMatchObject({
    name: 'queue_age',
    labels: { queue: 'priority' },
    value: 120,
  });
  expect(await text()).toMatch(/queue_oldest_age_seconds\{queue="priority",.*\} 130\n/);
});

it('goes on without the bus, and says so once', async () => {
  const { lead } = startAlerting();
  await lead();
  nodes = [orphan(90)];
  bus.setStatus('disconnected');
  await pass(30_000);
  bus.setStatus('connected');
  await pass(10_000);
  expect(logged.filter((line) => line.includes('what waits'))).toHaveLength(1);
  expect(await states()).not.toHaveLength(0);
});

it('judges everything else where a report of health is none', async () => {
  await (await bus.bucket('health')).put('stats-recorder.database', Buffer.from('{'));
  const { lead } = startAlerting();
  nodes = [orphan(90)];
  await lead();
  await pass(evaluateEveryMs);
  expect((await published()).map(({ name }) => name)).toEqual(['orphan_age']);
});
