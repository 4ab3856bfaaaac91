import { subject } from '@pilotlight/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CollectorRig, startCollector } from '../testing/collector-rig.ts';

let rig: CollectorRig;

beforeEach(async () => {
  rig = await startCollector();
});

afterEach(() => rig.close());

const has = (line: RegExp) => async () => line.test(await rig.text());

it('counts an event once, however often it comes, and lives on past nonsense', async () => {
  const stop = { type: 'stopped', eventId: 'e1', stopReason: 'completed' };
  await rig.publishEvent(stop);
  await rig.publishEvent(stop);
  const nonsense = subject('sandboxEvent', { type: 'stopped', template: 'x' });
  await rig.bus.publish(nonsense, Buffer.from('{'));
  await rig.publishEvent({ ...stop, eventId: 'e2', stopReason: 'expired' });
  await rig.reached(has(/reason="expired"/));
  expect(await rig.text()).toMatch(/stopped_total\{.*reason="completed".*\} 1\n/);
  expect(await rig.text()).toMatch(/sandbox_events_total\{.*type="stopped".*\} 2\n/);
  expect(rig.warnings).toHaveLength(1);
});

it("shows the code runner's four metrics under their names, labels and buckets", async () => {
  const run = { language: 'py', status: 'completed', executionTimeMs: 0.7, sandboxId: 's' };
  await rig.publishResult('x1', { ...run, fromWarmPool: true });
  await rig.publishResult('x2', run);
  const request = subject('executionRequest', { priority: 'high', language: 'python' });
  await rig.bus.publish(request, Buffer.from('{}'));
  await rig.report('n1', { pools: [{ template: 'python', ready: 4, leased: 2 }] });
  await rig.reached(has(/duration_seconds_count\{.*\} 2\n/));
  await rig.refreshed();
  const lines = (await rig.text()).split('\n').filter((line) => line.startsWith('code_runner_'));
  const withoutService = lines.map((line) => line.replace(/,service="[^"]*"|service="[^"]*",/, ''));
  const duration = 'code_runner_execution_duration_seconds';
  const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30, '+Inf'];
  const run1 = 'language="python",status="completed"';
  expect(withoutService.filter((line) => !line.startsWith(`${duration}_sum`))).toEqual([
    'code_runner_queue_depth{queue="priority",language="python"} 1',
    'code_runner_queue_depth{queue="standard",language="python"} 0',
    'code_runner_warm_containers{language="python"} 4',
    'code_runner_cold_start_rate{language="python"} 50',
    ...bounds.map((le) => `${duration}_bucket{le="${le}",${run1}} 2`),
    `${duration}_count{${run1}} 2`,
  ]);
});

describe('the last five minutes', () => {
  const lease = (eventId: string, acquisitionMs: number, fromWarmPool: boolean) =>
    rig.publishEvent({ type: 'leased', eventId, acquisitionMs, fromWarmPool, userId: eventId });

  it('are quantiles and ratios by template, and then no series', async () => {
    await lease('ann', 2, true);
    await lease('bob', 2, true);
    await lease('eve', 2, true);
    await lease('joe', 400, false);
    const phases = { containerCreateMs: 200, totalMs: 300 };
    await rig.publishEvent({ type: 'ready', eventId: 'r1', phases });
    await rig.publishEvent({ type: 'failed', eventId: 'f1' });
    await rig.reached(has(/events_total\{type="failed".*\} 1\n/));
    await rig.refreshed();
    const text = await rig.text();
    const acquisition = 'pilotlight_acquisition_quantile_seconds\\{template="python"';
    expect(text).toMatch(new RegExp(`${acquisition},source="warm",quantile="1".*\\} 0.002\\n`));
    expect(text).toMatch(new RegExp(`${acquisition},source="all",quantile="1".*\\} 0.4\\n`));
    expect(text).toMatch(/start_quantile_seconds\{template="python",quantile="1".*\} 0.3\n/);
    expect(text).toMatch(/pilotlight_warm_hit_ratio\{template="python".*\} 0.75\n/);
    expect(text).toMatch(/pilotlight_warm_hit_ratio_overall\{.*\} 0.75\n/);
    expect(text).toMatch(/pilotlight_error_ratio\{component="driver".*\} 0.5\n/);
    expect(text).toMatch(/pilotlight_agent_activity\{.*\} 4\n/);
    expect(rig.collector.snapshot()).toMatchObject({
      templates: [{ template: 'python', warmHitRatio: 0.75, acquisition: { all: { count: 4 } } }],
      warmHitRatio: 0.75,
      queues: [{ depth: 0 }, { depth: 0 }],
    });

    rig.clock.advance(6 * 60_000);
    await rig.refreshed();
    const later = await rig.text();
    expect(later).not.toMatch(/^pilotlight_(\w+_quantile_seconds|\w+_ratio\w*)\{/m);
    expect(later).toMatch(/pilotlight_agent_activity\{.*\} 0\n/);
  });

  it('say how executions end, and what they used', async () => {
    const run = { language: 'python', userId: 'ann', cpuTimeMs: 11.2 };
    await rig.publishResult('x1', { ...run, status: 'completed' });
    await rig.publishResult('x2', { ...run, status: 'completed' });
    await rig.publishResult('x3', { ...run, status: 'timeout' });
    await rig.publishResult('x4', { ...run, status: 'platform_error' });
    await rig.reached(has(/token_usage_total\{.*\} 48\n/));
    await rig.refreshed();
    const text = await rig.text();
    expect(text).toMatch(/pilotlight_completion_ratio\{.*\} 0.5\n/);
    expect(text).toMatch(/pilotlight_error_ratio\{component="executor".*\} 0.25\n/);
    expect(text).toMatch(/pilotlight_agent_activity\{.*\} 1\n/);
    expect(text).toMatch(/throughput_per_second\{component="executor".*\} 0.\d+\n/);
    expect(text).toMatch(/pilotlight_messages_total\{stream="EXEC_RESULTS".*\} 4\n/);
  });
});

describe('nodes', () => {
  const resources = {
    ...{ cpuUsedRatio: 0.5, memoryUsedRatio: 0.96, diskUsedRatio: 0.1 },
    ...{ networkReceivedBytes: 7, pressure: 'shedding', pressureOf: 'memory' },
  };

  it('show what their machines use, and are gone when they are silent', async () => {
    const broken = { template: 'python', problem: 'no such image', leased: 1 };
    await rig.report('n1', { resources, oldestOrphanSeconds: 12, pools: [broken] });
    await rig.report('n2', { draining: true, pools: [{ template: 'python', leased: 2 }] });
    await rig.refreshed();
    const text = await rig.text();
    for (const line of [
      /pilotlight_nodes\{state="live".*\} 1\n/,
      /pilotlight_nodes\{state="draining".*\} 1\n/,
      /pilotlight_leases\{template="python".*\} 3\n/,
      /pilotlight_template_failing_nodes\{template="python".*\} 1\n/,
      /pilotlight_node_memory_used_ratio\{node="n1".*\} 0.96\n/,
      /pilotlight_node_network_bytes\{node="n1",direction="received".*\} 7\n/,
      /pilotlight_node_pressure\{node="n1",level="shedding".*\} 1\n/,
      /pilotlight_node_pressure\{node="n1",level="critical".*\} 0\n/,
      /pilotlight_node_oldest_orphan_seconds\{node="n1".*\} 12\n/,
    ]) {
      expect(text).toMatch(line);
    }
    expect(text).not.toMatch(/used_ratio\{node="n2"/);
    expect(rig.collector.snapshot()).toMatchObject({
      templates: [{ failingNodes: [{ node: 'n1', problem: 'no such image' }] }],
      nodes: [{ node: 'n1', resources: { pressure: 'shedding' } }, { node: 'n2' }],
    });

    rig.clock.advance(6_000);
    await rig.refreshed();
    const later = await rig.text();
    expect(later).not.toContain('node="');
    expect(later).toMatch(/pilotlight_nodes\{state="live".*\} 0\n/);
    expect(later).toMatch(/pilotlight_leases\{template="python".*\} 0\n/);
  });
});

it('shows nothing more of a template that has left the catalogue', async () => {
  await rig.publishEvent({ type: 'leased', eventId: 'e1', acquisitionMs: 1 });
  await rig.reached(has(/acquisition_seconds_count\{.*\} 1\n/));
  await rig.refreshed();
  const gauges = /^pilotlight_(leases|\w+_quantile_seconds|warm_hit_ratio)\{template="python"/m;
  expect(await rig.text()).toMatch(gauges);
  await (await rig.bus.bucket('templates')).remove('python');
  await rig.refreshed();
  expect(await rig.text()).not.toMatch(gauges);
});
