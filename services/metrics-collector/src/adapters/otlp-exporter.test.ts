import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Secret } from '@pilotlight/config';
import { systemClock } from '@pilotlight/lifecycle';
import {
  findOtelCollector,
  type OtlpReceiver,
  type ReceivedSpan,
  startOtlpReceiver,
} from '@pilotlight/telemetry/test-otlp';
import { slowness } from '@pilotlight/telemetry/test-slowness';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Tracing } from '../app/tracing.ts';
import type { Span } from '../domain/spans.ts';
import { SpansOfHistory } from '../domain/spans-of-history.ts';
import { clientSpan, clientTrace, events, result } from '../testing/traced-history.ts';
import { otlpExporter } from './otlp-exporter.ts';

const collector = await findOtelCollector();
if ('missing' in collector) console.log(`Skipped: ${collector.missing}`);

function tracingTo(endpoint: string, headers?: Secret) {
  const counts: Record<string, number> = {};
  const warnings: object[] = [];
  const tracing = new Tracing({
    exporter: otlpExporter({ endpoint, headers }),
    counted: (outcome, spans) => {
      counts[outcome] = (counts[outcome] ?? 0) + spans;
    },
    ...{ clock: systemClock, ratio: 1 },
    logger: { warn: (fields) => void warnings.push(fields) },
  });
  return { tracing, counts, warnings };
}

function tell(tracing: Tracing): void {
  for (const event of events) tracing.onEvent(event);
  tracing.onResult(result);
}

/** What the domain made of the same history. */
function expectedSpans(): readonly Span[] {
  const history = new SpansOfHistory(1);
  const told = events.flatMap((event) => history.event(event, 0));
  return [...told, ...history.result(result), ...history.due(Number.POSITIVE_INFINITY)];
}

describe.skipIf('missing' in collector)('a real OpenTelemetry Collector', () => {
  let receiver: OtlpReceiver;
  let spans: readonly ReceivedSpan[];

  beforeAll(async () => {
    receiver = await startOtlpReceiver('path' in collector ? collector.path : '');
    const { tracing, counts } = tracingTo(receiver.endpoint);
    tell(tracing);
    await tracing.close();
    const expected = expectedSpans().length;
    expect(counts).toEqual({ exported: expected });
    spans = await receiver.spansOnce((received) => received.length >= expected);
  });

  afterAll(() => receiver?.stop());

  it('receives every span as it was made: ids, times to the microsecond, names, status, links', () => {
    const made = expectedSpans().map((span) => ({
      ...{ traceId: span.traceId, spanId: span.spanId, parentSpanId: span.parentSpanId ?? '' },
      ...{ name: span.name, kind: span.kind, error: span.error, attributes: span.attributes },
      startNanos: BigInt(span.start) * 1_000n,
      endNanos: BigInt(span.end) * 1_000n,
      links: span.links,
    }));
    const bySpanId = <T extends { readonly spanId: string }>(all: readonly T[]) =>
      all.toSorted((one, other) => one.spanId.localeCompare(other.spanId));
    expect(bySpanId(spans)).toEqual(bySpanId(made));
  });

  it("sees one tree in the client's trace, each span under the one it is a part of", () => {
    const ofClient = spans.filter(({ traceId }) => traceId === clientTrace);
    expect(treeOf(ofClient, clientSpan)).toEqual({
      'acquire python sb_n1_i1_1': { 'lease python sb_n1_i1_1': {} },
      'acquire python sb_n1_i1_2': {
        ...{
          scheduling: {},
          image_pull: {},
          container_create: {},
          process_start: {},
          app_init: {},
        },
        'lease python sb_n1_i1_2': {},
      },
      'execute java sb_n1_i1_3': {
        'acquire python sb_n1_i1_3': {},
        ...{ queue: {}, compile: {}, run: {} },
      },
      'start flask sb_n1_i1_4': { scheduling: {} },
    });
    const phases = { scheduling: {}, image_pull: {}, container_create: {}, process_start: {} };
    expect(treeOf(spans, '')).toEqual({
      'start python sb_n1_i1_1': { ...phases, app_init: {} },
      'start python sb_n1_i1_3': { ...phases, app_init: {} },
    });
  });
});

interface Tree {
  readonly [name: string]: Tree;
}

function treeOf(spans: readonly ReceivedSpan[], parent: string): Tree {
  const children = spans.filter(({ parentSpanId }) => parentSpanId === parent);
  return Object.fromEntries(
    children.map(({ attributes, name, spanId }) => {
      const sandbox = attributes['pilotlight.sandbox_id'] ?? '';
      return [`${name} ${sandbox}`.trim(), treeOf(spans, spanId)];
    }),
  );
}

describe('a receiver', () => {
  it('gets the path and the headers that were set, percent-decoded', async () => {
    const seen = Promise.withResolvers<unknown>();
    await using receiver = await serve((server) => {
      server.on('request', (request, response) => {
        const { 'content-type': type, authorization, 'x-tenant': tenant } = request.headers;
        seen.resolve({ path: request.url, type, authorization, tenant });
        response.end();
      });
    });
    const headers = new Secret('authorization=Bearer%20s3cret, x-tenant = one');
    const { tracing } = tracingTo(`${receiver.url}/base/`, headers);
    tell(tracing);
    await tracing.close();
    expect(await seen.promise).toEqual({
      ...{ path: '/base/v1/traces', type: 'application/x-protobuf' },
      ...{ authorization: 'Bearer s3cret', tenant: 'one' },
    });
  });

  it.each(['no pair', '=value', 'a b=c', 'a=%zz'])(
    'is refused with the headers "%s", which it does not repeat',
    (text) => {
      const open = () =>
        otlpExporter({ endpoint: 'http://127.0.0.1:1', headers: new Secret(text) });
      expect(open).toThrow('PILOTLIGHT_OTLP_HEADERS must be name=value');
    },
  );

  it('that takes a connection and never answers holds nobody up', async () => {
    await using receiver = await serve(() => undefined);
    const { tracing, counts } = tracingTo(receiver.url);
    const before = performance.now();
    tell(tracing);
    expect(performance.now() - before).toBeLessThan(500 * slowness());
    await tracing.close();
    expect(performance.now() - before).toBeLessThan(4_000 * slowness());
    expect(counts['exported']).toBeUndefined();
  });

  it('that refuses is told of once, with what it said', async () => {
    await using receiver = await serve((server) => {
      server.on('request', (_, response) => response.writeHead(400, 'no such tenant').end());
    });
    const { tracing, counts, warnings } = tracingTo(receiver.url);
    tell(tracing);
    await tracing.close();
    expect(counts).toEqual({ failed: expectedSpans().length });
    expect(warnings).toEqual([
      { err: expect.objectContaining({ message: expect.stringContaining('no such tenant') }) },
    ]);
  });
});

/** Connections are taken, whatever `answer` does with requests. */
async function serve(answer: (server: Server) => void) {
  const server = createServer();
  // Without a listener Node would answer by itself.
  server.on('request', () => undefined);
  answer(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
