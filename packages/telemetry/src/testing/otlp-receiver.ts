// For tests only: a real OpenTelemetry Collector that receives OTLP, and shows the spans it received.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** A span as the collector understood it. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'other';
  readonly startNanos: bigint;
  readonly endNanos: bigint;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The status message, where the status is an error. */
  readonly error: string | undefined;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
}

export interface OtlpReceiver {
  /** Base URL. */
  readonly endpoint: string;
  /** All spans received, as soon as `enough` says so. */
  spansOnce(enough: (spans: readonly ReceivedSpan[]) => boolean): Promise<readonly ReceivedSpan[]>;
  stop(): Promise<void>;
}

/** The path of the collector's program, or what to do for it to be there. */
export async function findOtelCollector(): Promise<
  { readonly path: string } | { readonly missing: string }
> {
  const script = fileURLToPath(new URL('../../../../setup/otel-collector.mjs', import.meta.url));
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [script, '--find']);
    return { path: stdout.trim() };
  } catch {
    const how = 'node setup/otel-collector.mjs builds it';
    return { missing: `There is no OpenTelemetry Collector here; ${how}` };
  }
}

/** Resolves when it receives. It acknowledges what it has handed on, so nothing is on its way then. */
export async function startOtlpReceiver(path: string): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  let arrived = Promise.withResolvers<void>();
  const sink = createServer(async (request, response) => {
    spans.push(...spansIn((await json(request)) as TracesJson));
    response.setHeader('content-type', 'application/json').end('{}');
    arrived.resolve();
    arrived = Promise.withResolvers();
  });
  const port = await freePort();
  const config = collectorConfig(port, await listen(sink));
  const collector = spawn(path, ['--config', `yaml:${config}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(collector, 'exit');
  const stop = async () => {
    collector.kill();
    await ended;
    sink.closeAllConnections();
    sink.close();
  };
  const said: string[] = [];
  const lines = createInterface({ input: collector.stderr });
  const ready = Promise.withResolvers<void>();
  lines.on('line', (line) => {
    said.push(line);
    if (line.includes('Everything is ready')) ready.resolve();
  });
  ended.then(
    () => ready.reject(new Error(`The collector ended:\n${said.join('\n')}`)),
    ready.reject,
  );
  await ready.promise.catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    endpoint: `http://127.0.0.1:${port}`,
    async spansOnce(enough) {
      for (;;) {
        const more = arrived.promise;
        if (enough(spans)) return [...spans];
        await more;
      }
    },
    stop,
  };
}

/** JSON is YAML. */
function collectorConfig(port: number, sinkPort: number): string {
  return JSON.stringify({
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
    exporters: {
      otlphttp: {
        endpoint: `http://127.0.0.1:${sinkPort}`,
        ...{ encoding: 'json', compression: 'none' },
        ...{ sending_queue: { enabled: false }, retry_on_failure: { enabled: false } },
      },
    },
    service: {
      pipelines: { traces: { receivers: ['otlp'], exporters: ['otlphttp'] } },
      telemetry: { metrics: { level: 'none' } },
    },
  });
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** The collector cannot say which port it took. */
async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  return port;
}

interface TracesJson {
  readonly resourceSpans?: readonly {
    readonly scopeSpans?: readonly { readonly spans?: readonly SpanJson[] }[];
  }[];
}

interface SpanJson {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind?: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly { readonly key: string; readonly value: object }[];
  readonly status?: { readonly code?: number; readonly message?: string };
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
}

function spansIn({ resourceSpans = [] }: TracesJson): ReceivedSpan[] {
  const scopes = resourceSpans.flatMap(({ scopeSpans = [] }) => scopeSpans);
  return scopes.flatMap(({ spans = [] }) => spans.map(received));
}

function received(span: SpanJson): ReceivedSpan {
  const attributes = (span.attributes ?? []).map(({ key, value }) => [key, plain(value)]);
  return {
    ...{ traceId: span.traceId, spanId: span.spanId, name: span.name },
    parentSpanId: span.parentSpanId ?? '',
    kind: span.kind === 1 ? 'internal' : span.kind === 2 ? 'server' : 'other',
    startNanos: BigInt(span.startTimeUnixNano),
    endNanos: BigInt(span.endTimeUnixNano),
    attributes: Object.fromEntries(attributes),
    error: span.status?.code === 2 ? (span.status.message ?? '') : undefined,
    links: (span.links ?? []).map(({ traceId, spanId }) => ({ traceId, spanId })),
  };
}

/** Whole numbers come as text. */
function plain(value: object): unknown {
  const [[type, content] = ['', undefined]] = Object.entries(value);
  return type === 'intValue' ? Number(content) : content;
}
