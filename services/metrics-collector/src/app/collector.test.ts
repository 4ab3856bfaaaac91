import {
  ExecutionResult,
  NodeStatus,
  SandboxEvent,
  type SandboxEventType,
  subject,
  toJsonBytes,
} from '@pilotlight/contracts';
import { ManualClock } from '@pilotlight/lifecycle';
import { createMemoryBus, type MemoryBus } from '@pilotlight/messaging';
import { createMetrics } from '@pilotlight/telemetry';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { prometheusInstruments } from '../adapters/prometheus-instruments.ts';
import { Collector } from './collector.ts';
import type { Instruments } from './ports.ts';

let bus: MemoryBus;
let clock: ManualClock;
let ended: AbortController;
let collecting: Promise<void>;
let text: () => Promise<string>;
let reached: (done: () => boolean | Promise<boolean>) => Promise<void>;
const warnings: string[] = [];

/** Calls `heard` after every measurement, so that tests can wait for one. */
function overheard(instruments: Instruments, heard: () => void): Instruments {
  const pass =
    <A>(method: (argument: A) => void) =>
    (argument: A) => {
      method(argument);
      heard();
    };
  return {
    measure: pass(instruments.measure),
    execution: pass(instruments.execution),
    state: pass(instruments.state),
  };
}

beforeEach(async () => {
  bus = createMemoryBus();
  clock = new ManualClock();
  ended = new AbortController();
  const metrics = createMetrics('metrics-collector');
  text = () => metrics.text();
  let next = Promise.withResolvers<void>();
  const instruments = overheard(prometheusInstruments(metrics), () => {
    next.resolve();
    next = Promise.withResolvers();
  });
  reached = async (done) => {
    for (;;) {
      const heard = next.promise;
      if (await done()) return;
      await heard;
    }
  };
  const templates = await bus.bucket('templates');
  const template = { name: 'python', language: 'python', aliases: ['py'] };
  await templates.put('python', Buffer.from(JSON.stringify(template)));
  const logger = { warn: (_: object, warning: string) => void warnings.push(warning) };
  const collector = new Collector({ bus, clock, instruments, logger });
  collecting = collector.run(ended.signal);
  await collector.ready;
});

afterEach(async () => {
  ended.abort();
  await collecting;
  await bus.close();
});

function publishEvent(event: Parameters<typeof SandboxEvent.create>[0] & { type: string }) {
  const made = SandboxEvent.create({ template: 'python', ...event });
  const on = subject('sandboxEvent', {
    type: made.type as SandboxEventType,
    template: made.template,
  });
  return bus.publish(on, toJsonBytes(SandboxEvent, made));
}

function publishResult(id: string, fields: Parameters<typeof ExecutionResult.create>[0]) {
  const made = ExecutionResult.create({ executionId: id, ...fields });
  return bus.publish(subject('executionResult', { id }), toJsonBytes(ExecutionResult, made));
}

const has = (line: RegExp) => async () => line.test(await text());

it('counts an event once, however often it comes, and lives on past nonsense', async () => {
  const stop = { type: 'stopped', eventId: 'e1', stopReason: 'completed' };
  await publishEvent(stop);
  await publishEvent(stop);
  await bus.publish(subject('sandboxEvent', { type: 'stopped', template: 'x' }), Buffer.from('{'));
  await publishEvent({ ...stop, eventId: 'e2', stopReason: 'expired' });
  await reached(has(/reason="expired"/));
  expect(await text()).toMatch(/stopped_total\{.*reason="completed".*\} 1\n/);
  expect(warnings).toHaveLength(1);
});

it('shows durations under the documented name, from a millisecond on', async () => {
  const run = { language: 'python', status: 'completed', executionTimeMs: 3, sandboxId: 's' };
  await publishResult('x1', { ...run, fromWarmPool: true });
  await publishResult('x2', run);
  await reached(has(/duration_seconds_count\{.*language="python",status="completed"\} 2\n/));
  expect(await text()).toMatch(/duration_seconds_bucket\{le="0.005",.*\} 2\n/);
  clock.advance(5_000);
  await reached(has(/cold_start_rate\{language="python",.*\} 50\n/));
});

it('shows queue depth and stock as they are', async () => {
  const nodes = await bus.bucket('nodes');
  const pools = [{ template: 'python', ready: 4, leased: 2 }];
  const request = subject('executionRequest', { priority: 'high', language: 'python' });
  await bus.publish(request, Buffer.from('{}'));
  let heartbeat = 0;
  await reached(async () => {
    heartbeat += 1;
    const status = NodeStatus.create({ node: 'n1', heartbeat, pools });
    await nodes.put('n1', toJsonBytes(NodeStatus, status));
    clock.advance(5_000);
    return has(/warm_containers\{language="python",.*\} 4\n/)();
  });
  expect(await text()).toMatch(/queue_depth\{queue="priority",language="python",.*\} 1\n/);
  expect(await text()).toMatch(/pilotlight_sandboxes\{template="python",state="leased",.*\} 2\n/);
});
