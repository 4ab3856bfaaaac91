// A collector for tests: on a bus in memory, a clock moved by hand, and real Prometheus metrics.
import {
  ExecutionResult,
  NodeStatus,
  SandboxEvent,
  type SandboxEventType,
  type Subject,
  subject,
  toJsonBytes,
} from '@pilotlight/contracts';
import { ManualClock } from '@pilotlight/lifecycle';
import { createMemoryBus, type MemoryBus } from '@pilotlight/messaging';
import { createMetrics } from '@pilotlight/telemetry';
import { prometheusInstruments } from '../adapters/prometheus-instruments.ts';
import { Collector, refreshEveryMs } from '../app/collector.ts';
import type { Instruments } from '../app/ports.ts';

export interface CollectorRig {
  readonly bus: MemoryBus;
  readonly clock: ManualClock;
  readonly collector: Collector;
  readonly warnings: string[];
  /** Everything as Prometheus would read it. */
  text(): Promise<string>;
  publishEvent(event: Parameters<typeof SandboxEvent.create>[0]): Promise<unknown>;
  publishResult(id: string, fields: Parameters<typeof ExecutionResult.create>[0]): Promise<unknown>;
  /** As a node reports itself; the heartbeat grows by itself. */
  report(node: string, fields: Parameters<typeof NodeStatus.create>[0]): Promise<unknown>;
  /** Resolves when `done` is true, which is asked after every measurement. */
  reached(done: () => boolean | Promise<boolean>): Promise<void>;
  /** Moves the clock until the next refresh has been shown. */
  refreshed(): Promise<void>;
  close(): Promise<void>;
}

/** Ready: the catalogue has the template python, whose alias is py. */
export async function startCollector(): Promise<CollectorRig> {
  const bus = createMemoryBus();
  const clock = new ManualClock();
  const ended = new AbortController();
  const metrics = createMetrics('metrics-collector');
  const warnings: string[] = [];
  const ear = createEar();
  const instruments = ear.overhear(prometheusInstruments(metrics));
  const templates = await bus.bucket('templates');
  const template = { name: 'python', language: 'python', aliases: ['py'] };
  await templates.put('python', Buffer.from(JSON.stringify(template)));
  const logger = { warn: (_: object, warning: string) => void warnings.push(warning) };
  const collector = new Collector({ bus, clock, instruments, logger });
  const collecting = collector.run(ended.signal);
  await collector.ready;
  let heartbeat = 0;
  return {
    ...{ bus, clock, collector, warnings, reached: ear.reached },
    text: () => metrics.text(),
    publishEvent(event) {
      const made = SandboxEvent.create({ template: 'python', ...event });
      return bus.publish(eventSubject(made), toJsonBytes(SandboxEvent, made));
    },
    publishResult(id, fields) {
      const made = ExecutionResult.create({ executionId: id, ...fields });
      return bus.publish(subject('executionResult', { id }), toJsonBytes(ExecutionResult, made));
    },
    async report(node, fields) {
      heartbeat += 1;
      const status = NodeStatus.create({ node, heartbeat, ...fields });
      return (await bus.bucket('nodes')).put(node, toJsonBytes(NodeStatus, status));
    },
    async refreshed() {
      const before = ear.statesHeard();
      await ear.reached(() => {
        if (ear.statesHeard() > before) return true;
        clock.advance(refreshEveryMs);
        return false;
      });
    },
    async close() {
      ended.abort();
      await collecting;
      await bus.close();
    },
  };
}

/** Types and templates that are no tokens cannot be in a subject; the message may still say them. */
function eventSubject({ type, template }: SandboxEvent): Subject {
  try {
    return subject('sandboxEvent', { type: type as SandboxEventType, template });
  } catch {
    return subject('sandboxEvent', { type: 'ready', template: 'other' });
  }
}

/** Hears every measurement, so that tests can wait for one. */
function createEar() {
  let next = Promise.withResolvers<void>();
  let states = 0;
  const pass =
    <Given extends unknown[]>(method: (...given: Given) => void, count = 0) =>
    (...given: Given) => {
      method(...given);
      states += count;
      next.resolve();
      next = Promise.withResolvers();
    };
  return {
    statesHeard: () => states,
    overhear: (instruments: Instruments): Instruments => ({
      measure: pass(instruments.measure),
      execution: pass(instruments.execution),
      arrived: pass(instruments.arrived),
      state: pass(instruments.state, 1),
    }),
    async reached(done: () => boolean | Promise<boolean>) {
      for (;;) {
        const heard = next.promise;
        if (await done()) return;
        await heard;
      }
    },
  };
}
