// From a client's own span to the spans that a real OpenTelemetry Collector receives.
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import {
  findOtelCollector,
  type ReceivedSpan,
  startOtlpReceiver,
} from '@pilotlight/telemetry/test-otlp';
import { afterAll, describe, expect, it } from 'vitest';
import { usePlatform } from './fixture.ts';
import { until } from './until.ts';

const collector = await findOtelCollector();
if ('missing' in collector) console.log(`Skipped: ${collector.missing}`);
const receiver = 'path' in collector ? await startOtlpReceiver(collector.path) : undefined;
afterAll(() => receiver?.stop());

/** Of shells: more than are ever warm here, and fewer than the node has room for. */
const moreThanWarm = 6;
const phaseNames = ['scheduling', 'image_pull', 'container_create', 'process_start', 'app_init'];

/** A span of the client's, as its own tracing would make it. */
function clientContext() {
  const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-01` };
}

/** The spans of one trace, once all that are named are there. */
async function traceOf(traceId: string, names: readonly string[]) {
  const ofTrace = (spans: readonly ReceivedSpan[]) =>
    spans.filter((span) => span.traceId === traceId);
  const all = await receiver?.spansOnce((spans) =>
    names.every((name) => ofTrace(spans).some((span) => span.name === name)),
  );
  return ofTrace(all ?? []);
}

function only(spans: readonly ReceivedSpan[], name: string): ReceivedSpan {
  const [span, ...more] = spans.filter((one) => one.name === name);
  if (span === undefined || more.length > 0)
    throw new Error(`${more.length} more than one ${name}`);
  return span;
}

describe.skipIf(receiver === undefined)('traces', () => {
  const under = usePlatform({
    driver: 'oci',
    templates: ['python', 'shell'],
    env: { 'metrics-collector': { PILOTLIGHT_OTLP_ENDPOINT: receiver?.endpoint ?? '' } },
  });

  it("put a warm lease into the client's trace, linked with the start that it saved", async () => {
    await until('shell is warm', async () => {
      const pool = (await under.client.pools()).find(({ template }) => template === 'shell');
      return (pool?.available ?? 0) > 0;
    });
    const { spanId, traceId, traceparent } = clientContext();
    const sandbox = await under.client.acquire({ template: 'shell', userId: 'ada', traceparent });
    await sandbox.release();
    const spans = await traceOf(traceId, ['acquire shell', 'lease shell']);
    const acquire = only(spans, 'acquire shell');
    expect(acquire).toMatchObject({ parentSpanId: spanId, kind: 'server', error: undefined });
    expect(acquire.attributes).toMatchObject({
      ...{ 'pilotlight.sandbox_id': sandbox.id, 'user.id': 'ada' },
      'pilotlight.from_warm_pool': sandbox.lease.fromWarmPool,
    });
    const lease = only(spans, 'lease shell');
    expect(lease.parentSpanId).toBe(acquire.spanId);
    expect(lease.attributes['pilotlight.stop_reason']).toBe('manual');
    expect(lease.startNanos).toBe(acquire.endNanos);

    expect(sandbox.lease.fromWarmPool).toBe(true);
    const [link] = acquire.links;
    const started = await traceOf(link?.traceId ?? '', ['start shell', 'app_init']);
    const start = only(started, 'start shell');
    expect(start).toMatchObject({ spanId: link?.spanId, parentSpanId: '' });
    const phases = started.filter(({ parentSpanId }) => parentSpanId === start.spanId);
    expect(phases.map(({ name }) => name)).toEqual(phaseNames);
    const { totalMs = 0 } = sandbox.lease.phases ?? {};
    const lasted = Number((phases.at(-1)?.endNanos ?? 0n) - (phases[0]?.startNanos ?? 0n));
    expect(lasted / 1_000_000).toBeCloseTo(totalMs, 2);
  });

  it('put the phases of a cold start under the acquire that waited for it', async () => {
    const contexts = Array.from({ length: moreThanWarm }, clientContext);
    const sandboxes = await Promise.all(
      contexts.map(async ({ traceId, traceparent }) => {
        const wanted = { template: 'shell', userId: 'ada', traceparent };
        return { traceId, sandbox: await under.client.acquire(wanted) };
      }),
    );
    await Promise.all(sandboxes.map(({ sandbox }) => sandbox.release()));
    const cold = sandboxes.filter(({ sandbox }) => !sandbox.lease.fromWarmPool);
    expect(cold.length).toBeGreaterThan(0);
    for (const { traceId, sandbox } of cold) {
      const spans = await traceOf(traceId, ['acquire shell', 'app_init', 'lease shell']);
      const acquire = only(spans, 'acquire shell');
      expect(acquire.links).toEqual([]);
      const parts = spans.filter(({ parentSpanId }) => parentSpanId === acquire.spanId);
      expect(parts.map(({ name }) => name)).toEqual([...phaseNames, 'lease shell']);
      const lasted = Number((parts[4]?.endNanos ?? 0n) - (parts[0]?.startNanos ?? 0n));
      expect(lasted / 1_000_000).toBeCloseTo(sandbox.lease.phases?.totalMs ?? Number.NaN, 2);
    }
  });

  it.each(['gRPC', 'NATS'])("put a run over %s into the client's trace", async (way) => {
    const { client } = under;
    const { spanId, traceId, traceparent } = clientContext();
    const request = { language: 'python', code: 'print("secret")', userId: 'ada', traceparent };
    const id =
      way === 'gRPC' ? (await client.run(request)).id : (await client.nats.publish(request)).id;
    const spans = await traceOf(traceId, ['execute python', 'acquire python', 'queue', 'run']);
    const root = only(spans, 'execute python');
    expect(root).toMatchObject({ parentSpanId: spanId, error: undefined });
    expect(root.attributes).toMatchObject({
      ...{ 'pilotlight.execution_id': id, 'pilotlight.status': 'completed', 'user.id': 'ada' },
    });
    for (const name of ['acquire python', 'queue', 'run']) {
      const child = only(spans, name);
      expect(child.parentSpanId).toBe(root.spanId);
      expect(child.startNanos).toBeGreaterThanOrEqual(root.startNanos);
    }
    expect(inspect(spans, { depth: 9 })).not.toContain('secret');
  });

  it('keep out what the client does not record', async () => {
    const quiet = clientContext();
    const userId = 'ada';
    const notRecorded = quiet.traceparent.replace(/01$/, '00');
    await under.client.run({ language: 'sh', code: 'true', userId, traceparent: notRecorded });
    const { traceId, traceparent } = clientContext();
    await under.client.run({ language: 'sh', code: 'true', userId, traceparent });
    await traceOf(traceId, ['execute sh', 'acquire shell']);
    expect(await traceOf(quiet.traceId, [])).toEqual([]);
  });
});
