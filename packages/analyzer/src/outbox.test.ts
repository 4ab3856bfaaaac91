import { expect, test } from 'vitest';
import { createOutbox } from './outbox.ts';
import type { InvocationRecord } from './record.ts';
import type { SendOutcome } from './send.ts';

const accepted: SendOutcome = { kind: 'accepted', refused: 0 };
const down: SendOutcome = { kind: 'later', afterMs: undefined, reason: 'ECONNREFUSED' };

const record = (id: number, coldStart = false): InvocationRecord => ({
  function_name: 'f',
  runtime_version: 'nodejs22.x',
  invocation_id: String(id),
  timestamp: '2026-01-02T10:30:00Z',
  cold_start: coldStart,
  execution_duration_ms: 1,
  memory_used_mb: 1,
});

function outboxWith(answer: () => SendOutcome) {
  const sent: { readonly path: string; readonly ids: readonly string[] }[] = [];
  const warnings: string[] = [];
  const clock = { nowMs: 0 };
  const outbox = createOutbox({
    post: async (path, makeBody) => {
      const it = JSON.parse(makeBody()) as InvocationRecord & { invocations?: InvocationRecord[] };
      sent.push({ path, ids: (it.invocations ?? [it]).map((one) => one.invocation_id) });
      return answer();
    },
    warn: (text) => warnings.push(text),
    now: () => clock.nowMs,
    timeoutMs: 1000,
  });
  return { outbox, sent, warnings, clock };
}

test('a cold start goes at once, alone', async () => {
  const { outbox, sent } = outboxWith(() => accepted);
  outbox.add(record(1, true));
  await outbox.sendIfDue(1000);
  expect(sent).toEqual([{ path: '/api/v1/ingest', ids: ['1'] }]);
  expect(outbox.size()).toBe(0);
});

test('what takes long to make is made when it is sent, and once', async () => {
  const answers = [down, accepted];
  const { outbox, clock } = outboxWith(() => answers.shift() ?? accepted);
  let made = 0;
  outbox.add(record(1, true), () => {
    made += 1;
    return { module_timings: { a: 2 } };
  });
  expect(made).toBe(0);
  await outbox.sendIfDue(1000);
  clock.nowMs = 60_000;
  await outbox.sendIfDue(1000);
  expect([made, answers.length, outbox.size()]).toEqual([1, 0, 0]);
});

test('warm invocations wait until there are 100', async () => {
  const { outbox, sent } = outboxWith(() => accepted);
  for (let id = 1; id < 100; id++) {
    outbox.add(record(id));
    expect(outbox.sendIfDue(1000)).toBeUndefined();
  }
  outbox.add(record(100));
  await outbox.sendIfDue(1000);
  expect(sent.map(({ path, ids }) => [path, ids.length])).toEqual([['/api/v1/ingest/batch', 100]]);
});

test('or until the oldest has waited for 30 seconds', async () => {
  const { outbox, sent, clock } = outboxWith(() => accepted);
  outbox.add(record(1));
  clock.nowMs = 29_999;
  expect(outbox.sendIfDue(1000)).toBeUndefined();
  outbox.add(record(2));
  clock.nowMs = 30_000;
  await outbox.sendIfDue(1000);
  expect(sent).toEqual([{ path: '/api/v1/ingest/batch', ids: ['1', '2'] }]);
});

test('while the endpoint is down attempts become rare, and what waits goes later, in order', async () => {
  let outcome: SendOutcome = down;
  const { outbox, sent, clock } = outboxWith(() => outcome);
  outbox.add(record(1, true));
  await outbox.sendIfDue(1000);
  outbox.add(record(2));
  clock.nowMs = 999;
  expect(outbox.sendIfDue(1000)).toBeUndefined();
  clock.nowMs = 1000;
  await outbox.sendIfDue(1000);
  clock.nowMs = 2999;
  expect(outbox.sendIfDue(1000)).toBeUndefined();
  clock.nowMs = 3000;
  outcome = accepted;
  await outbox.sendIfDue(1000);
  expect(sent.map(({ ids }) => ids)).toEqual([['1'], ['1', '2'], ['1', '2']]);
});

test('attempts never become rarer than one in five minutes', async () => {
  const { outbox, sent, clock } = outboxWith(() => down);
  outbox.add(record(1, true));
  for (let attempt = 1; attempt <= 20; attempt++) {
    await outbox.sendIfDue(1000);
    expect(sent).toHaveLength(attempt);
    clock.nowMs += 300_000;
  }
});

test('the server says when to come back', async () => {
  const { outbox, clock } = outboxWith(() => ({ kind: 'later', afterMs: 60_000, reason: '429' }));
  outbox.add(record(1, true));
  await outbox.sendIfDue(1000);
  clock.nowMs = 59_999;
  expect(outbox.sendIfDue(1000)).toBeUndefined();
  clock.nowMs = 60_000;
  expect(outbox.sendIfDue(1000)).toBeDefined();
});

test('at most 1,000 wait, and the oldest go first', async () => {
  const { outbox, sent, clock } = outboxWith(() => down);
  for (let id = 1; id <= 1500; id++) outbox.add(record(id));
  expect(outbox.size()).toBe(1000);
  clock.nowMs = 30_000;
  await outbox.sendIfDue(1000);
  expect(sent[0]?.ids[0]).toBe('501');
  expect(outbox.size()).toBe(1000);
});

test('a refused key ends all sending', async () => {
  const { outbox, sent, warnings } = outboxWith(() => ({
    kind: 'refused',
    forGood: true,
    reason: 'the endpoint answered 401',
  }));
  outbox.add(record(1, true));
  await outbox.sendIfDue(1000);
  outbox.add(record(2, true));
  expect(outbox.sendIfDue(1000)).toBeUndefined();
  expect(sent).toHaveLength(1);
  expect(warnings).toEqual(['the endpoint answered 401; nothing more is reported']);
});

test('draining sends batch by batch, and stops where the endpoint fails', async () => {
  const outcomes = [accepted, accepted, down];
  const { outbox, sent } = outboxWith(() => outcomes.shift() ?? down);
  for (let id = 1; id <= 350; id++) outbox.add(record(id));
  await outbox.drain(1000);
  expect(sent.map(({ ids }) => ids.length)).toEqual([100, 100, 100]);
  expect(outbox.size()).toBe(150);
});
