import { CompileResult, type ExecutionResult, SandboxEvent } from '@pilotlight/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  at,
  clientSpan,
  clientTrace,
  events,
  result,
  traceparent,
} from '../testing/traced-history.ts';
import { type Span, traceOf } from './spans.ts';
import { claimWithinMs, SpansOfHistory } from './spans-of-history.ts';

const forEver = Number.POSITIVE_INFINITY;

function spansOf(
  history: readonly SandboxEvent[],
  results: readonly ExecutionResult[] = [],
  ratio = 1,
): Span[] {
  const spans = new SpansOfHistory(ratio);
  const told = history.flatMap((event) => spans.event(event, 0));
  return [...told, ...results.flatMap((one) => spans.result(one)), ...spans.due(forEver)];
}

const micros = (ms: number) => at(ms).getTime() * 1_000;

function named(spans: readonly Span[], name: string, sandboxId?: string): Span {
  const found = spans.filter(
    (span) =>
      span.name === name &&
      (sandboxId === undefined || span.attributes['pilotlight.sandbox_id'] === sandboxId),
  );
  expect(found).toHaveLength(1);
  return found[0] as Span;
}

const childrenOf = (spans: readonly Span[], parent: Span) =>
  spans.filter(({ parentSpanId, traceId }) => {
    return parentSpanId === parent.spanId && traceId === parent.traceId;
  });

describe('the spans of a history', () => {
  const spans = spansOf(events, [result]);

  it("puts an acquire under the client's span, from the request to the sandbox", () => {
    const acquire = named(spans, 'acquire python', 'sb_n1_i1_1');
    expect(acquire).toMatchObject({
      ...{ traceId: clientTrace, parentSpanId: clientSpan, kind: 'server', error: undefined },
      ...{ start: micros(5_000), end: micros(5_002) },
    });
    expect(acquire.attributes).toMatchObject({
      ...{ 'pilotlight.from_warm_pool': true, 'user.id': 'ada' },
      'pilotlight.template_revision': '0123456789ab',
    });
  });

  it('links a warm acquire with the start that it saved, which is a trace of its own', () => {
    const start = named(spans, 'start python', 'sb_n1_i1_1');
    expect(start).toMatchObject({
      parentSpanId: undefined,
      start: micros(0),
      end: micros(0) + 34_938,
    });
    expect(start.traceId).not.toBe(clientTrace);
    const { spanId, traceId } = start;
    expect(named(spans, 'acquire python', 'sb_n1_i1_1').links).toEqual([{ traceId, spanId }]);
    expect(childrenOf(spans, start)).toHaveLength(5);
  });

  it('puts the phases of a cold start under the acquire, end to end as measured', () => {
    const acquire = named(spans, 'acquire python', 'sb_n1_i1_2');
    const children = childrenOf(spans, acquire).filter(({ name }) => name !== 'lease python');
    const order = micros(6_001);
    expect(children.map(({ name, start, end }) => [name, start - order, end - order])).toEqual([
      ['scheduling', 0, 1_500],
      ['image_pull', 1_500, 1_500],
      ['container_create', 1_500, 11_750],
      ['process_start', 11_750, 14_875],
      ['app_init', 14_875, 34_938],
    ]);
    expect(acquire.links).toEqual([]);
    expect(spans.filter(({ name }) => name === 'start python')).toHaveLength(2);
  });

  it('ends a lease with its reason, and quotes no program', () => {
    expect(named(spans, 'lease python', 'sb_n1_i1_1')).toMatchObject({
      parentSpanId: named(spans, 'acquire python', 'sb_n1_i1_1').spanId,
      ...{ start: micros(5_002), end: micros(9_000), error: undefined },
    });
    const { attributes, error } = named(spans, 'lease python', 'sb_n1_i1_2');
    expect(error).toBe('It needed more than its 64 MB of memory.');
    expect(attributes['pilotlight.stop_reason']).toBe('resource_limit');
  });

  it('tells of a start that failed with all that is known', () => {
    const failed = named(spans, 'start flask');
    expect(failed).toMatchObject({
      ...{ traceId: clientTrace, parentSpanId: clientSpan },
      ...{ start: micros(7_501), end: micros(7_900) },
      error: expect.stringContaining('ImportError'),
    });
    expect(childrenOf(spans, failed).map(({ name }) => name)).toEqual(['scheduling']);
  });

  it('blames the application where its driver had made the sandbox', () => {
    const made = {
      imageReadyAt: at(7_503),
      containerCreatedAt: at(7_504),
      processStartedAt: at(7_506),
    };
    const late = events
      .filter(({ type }) => type === 'failed')
      .map((event) => ({ ...event, ...made }));
    const inTime = spansOf(late);
    expect(childrenOf(inTime, named(inTime, 'start flask'))).toHaveLength(5);
    expect(named(inTime, 'app_init')).toMatchObject({
      ...{
        start: micros(7_506),
        end: micros(7_900),
        error: expect.stringContaining('ImportError'),
      },
    });
    expect(named(inTime, 'process_start').error).toBeUndefined();
  });

  it('has queue, acquisition, compile and run under an execution', () => {
    const root = named(spans, 'execute java');
    expect(root).toMatchObject({
      ...{ traceId: clientTrace, parentSpanId: clientSpan, kind: 'server' },
      ...{ start: micros(7_000), end: micros(8_050) },
      error: 'out_of_memory: It needed more than its 64 MB of memory.',
    });
    const children = childrenOf(spans, root).map(({ name, start, end, error }) => {
      return [name, start - root.start, end - root.start, error !== undefined];
    });
    expect(children).toEqual([
      ['acquire python', 0, 1_000, false],
      ['queue', 0, 2_000, false],
      ['compile', 2_000, 502_125, false],
      ['run', 502_125, 1_045_875, true],
    ]);
    expect(childrenOf(spans, named(spans, 'acquire python', 'sb_n1_i1_3'))).toEqual([]);
  });

  it('tells nothing of code, output or bucket', () => {
    expect(JSON.stringify(spans)).not.toMatch(/secret|printed by the program/);
  });

  it('is the same set, in whatever order and however often the messages come', () => {
    const set = (all: readonly Span[]) => new Set(all.map((span) => JSON.stringify(span)));
    const expected = set(spans);
    const twice = [...events, ...events];
    fc.assert(
      fc.property(fc.shuffledSubarray(twice, { minLength: twice.length }), (shuffled) => {
        expect(set(spansOf(shuffled, [result, result]))).toEqual(expected);
      }),
    );
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
  });
});

describe('traces without a client', () => {
  const request = { type: 'leased', template: 'python', requestId: 'r', sandboxId: 's' };
  const leased = SandboxEvent.create({ ...request, availableAt: at(0), fromWarmPool: true });

  it('have an id of the request, so that a replay gives it again', () => {
    const [first] = spansOf([leased]);
    expect(spansOf([leased])).toEqual([first]);
    expect(first).toMatchObject({ parentSpanId: undefined, start: micros(0) });
    expect(first?.traceId).not.toBe(spansOf([{ ...leased, requestId: 'other' }])[0]?.traceId);
  });

  it('keep the trace that the platform began, and have no parent in it', () => {
    const own = `00-${clientTrace}-${clientTrace.slice(0, 16)}-01`;
    const [acquire] = spansOf([{ ...leased, traceparent: own }]);
    expect(acquire).toMatchObject({ traceId: clientTrace, parentSpanId: undefined });
  });

  it('are recorded to the share that is asked for, and the same ones each time', () => {
    const ids = Array.from({ length: 2_000 }, (_, index) => `request ${index}`);
    const chosen = (ratio: number) => ids.filter((id) => traceOf('', id, ratio).isSampled);
    expect(chosen(0)).toEqual([]);
    expect(chosen(1)).toEqual(ids);
    expect(chosen(0.25).length / ids.length).toBeCloseTo(0.25, 1);
    expect(chosen(0.5)).toEqual(expect.arrayContaining(chosen(0.25)));
  });

  it('leave the decision to a client that made one', () => {
    const notRecorded = traceparent.replace(/01$/, '00');
    expect(spansOf([{ ...leased, traceparent: notRecorded }])).toEqual([]);
    expect(spansOf([{ ...leased, traceparent }], [], 0)).toHaveLength(1);
  });
});

describe('what goes wrong', () => {
  it('never makes a span that ends before it begins', () => {
    const back = { availableAt: at(0), requestReceivedAt: at(50), stoppedAt: at(-50) };
    const turned = events.map((event) => ({ ...event, ...back, phases: undefined }));
    const late = { ...result, finishedAt: at(0), startedAt: at(-1) };
    for (const { start, end } of spansOf(turned, [late])) expect(end).toBeGreaterThanOrEqual(start);
  });

  it('has no run where the compiler refused the program, and no stage where nothing began', () => {
    const refused = CompileResult.create({ status: 'completed', exitCode: 1, executionTimeMs: 5 });
    const names = (one: ExecutionResult) => spansOf([], [one]).map(({ name }) => name);
    expect(names({ ...result, status: 'compile_error', compile: refused })).toEqual([
      ...['execute java', 'queue', 'compile'],
    ]);
    expect(names({ ...result, startedAt: undefined })).toEqual(['execute java']);
  });

  it('tells of a start in time where nobody takes it, and holds a bounded number', () => {
    const history = new SpansOfHistory(1);
    const ready = (index: number) =>
      SandboxEvent.create({ type: 'ready', sandboxId: `s${index}`, readyAt: at(0) });
    const early = Array.from({ length: 4_001 }, (_, index) => history.event(ready(index), 0));
    expect(early.map((spans) => spans.length).filter((count) => count > 0)).toHaveLength(1);
    expect(history.due(claimWithinMs - 1)).toEqual([]);
    expect(history.due(claimWithinMs)).toHaveLength(4_000);
    expect(history.isHolding).toBe(false);
  });
});
