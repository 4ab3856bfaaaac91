import { SandboxEvent } from '@pilotlight/contracts';
import { ManualClock } from '@pilotlight/lifecycle';
import { beforeEach, expect, it } from 'vitest';
import type { Span } from '../domain/spans.ts';
import { events, result } from '../testing/traced-history.ts';
import type { SpanExporter } from './ports.ts';
import { exportEveryMs, exportTimeoutMs, queueSize, Tracing } from './tracing.ts';

let clock: ManualClock;
let batches: Span[][];
let counts: Record<string, number>;
let warnings: string[];

beforeEach(() => {
  clock = new ManualClock();
  [batches, counts, warnings] = [[], {}, []];
});

/** `answer` is asked what becomes of each batch. */
function tracing(answer: () => Promise<void>): Tracing {
  const exporter: SpanExporter = {
    export(spans) {
      batches.push([...spans]);
      return answer();
    },
  };
  const counted = (outcome: string, spans: number) => {
    counts[outcome] = (counts[outcome] ?? 0) + spans;
  };
  const logger = { warn: (_: object, text: string) => void warnings.push(text) };
  return new Tracing({ clock, exporter, ratio: 1, logger, counted });
}

const taken = () => Promise.resolve();
const refused = () => Promise.reject<void>(new Error('away'));
const never = () => new Promise<void>(() => {});

function lease(index: number): SandboxEvent {
  const availableAt = new Date(index);
  const id = { requestId: `r${index}`, sandboxId: `s${index}`, template: 'python' };
  return SandboxEvent.create({ type: 'leased', ...id, availableAt, fromWarmPool: true });
}

/** Lets everything happen that has been answered. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

async function pass(ms: number): Promise<void> {
  clock.advance(ms);
  await settled();
}

it('exports once a second, and a start when nobody has claimed it', async () => {
  const traced = tracing(taken);
  for (const event of events) traced.onEvent(event);
  traced.onResult(result);
  expect(batches).toEqual([]);
  await pass(exportEveryMs);
  expect(batches.flat().some(({ name }) => name === 'start python')).toBe(false);
  await pass(exportEveryMs);
  expect(batches.flat().filter(({ name }) => name === 'start python')).toHaveLength(2);
  expect(counts).toEqual({ exported: batches.flat().length });
});

it('exports at once what makes a batch, one batch at a time', async () => {
  const traced = tracing(taken);
  for (let index = 0; index < 1_100; index += 1) traced.onEvent(lease(index));
  expect(batches.map((batch) => batch.length)).toEqual([512]);
  await settled();
  expect(batches.map((batch) => batch.length)).toEqual([512, 512]);
  await traced.close();
  expect(batches.map((batch) => batch.length)).toEqual([512, 512, 76]);
});

it('drops the oldest while a receiver hangs, and ends within two seconds', async () => {
  const traced = tracing(never);
  for (let index = 0; index < 512 + queueSize + 10; index += 1) traced.onEvent(lease(index));
  expect(counts).toEqual({ dropped: 10 });
  await pass(exportTimeoutMs);
  expect(counts).toEqual({ dropped: 10, failed: 512 });
  expect(batches[1]?.[0]?.start).toBe((512 + 10) * 1_000);
  const closed = traced.close();
  await pass(2_000);
  await closed;
  expect(counts).toEqual({ dropped: 10 + queueSize - 512, failed: 512 });
});

it('warns once for each time that the receiver is away', async () => {
  let answer = refused;
  const traced = tracing(() => answer());
  const next = async (index: number) => {
    traced.onEvent(lease(index));
    await pass(exportEveryMs);
  };
  await next(1);
  await next(2);
  answer = taken;
  await next(3);
  answer = refused;
  await next(4);
  expect(warnings).toHaveLength(2);
  expect(counts).toEqual({ failed: 3, exported: 1 });
});

it('loses a span whose time is none, and none beside it', async () => {
  const traced = tracing(taken);
  traced.onEvent({ ...lease(1), availableAt: new Date(Number.NaN) });
  traced.onEvent(lease(2));
  await traced.close();
  expect(batches.flat()).toHaveLength(1);
});
