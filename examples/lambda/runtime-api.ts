// The Lambda Runtime API (2018-06-01) on loopback, for one function process: hands it one event after
// another and hears its answers. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** Milliseconds by the monotonic clock of this process. */
export interface Answer {
  readonly status: 'ok' | 'error';
  /** JSON, or what a streaming handler wrote. */
  readonly payload: string;
  readonly streamed: boolean;
  /** From handing out the event to the end of the answer. */
  readonly durationMs: number;
  /** When the end of the answer was here, as performance.now() has it. */
  readonly answeredAt: number;
}

export interface RuntimeApi {
  /** host:port, for AWS_LAMBDA_RUNTIME_API. */
  readonly address: string;
  /** When the function asked for its first event; rejects when it said that its init failed. */
  readonly initialised: Promise<number>;
  /** Waits for its turn; a function runs one event at a time. */
  invoke(event: unknown): Promise<Answer>;
  /** Whatever waits for the function is rejected with the reason. */
  close(reason: Error): void;
}

export interface RuntimeApiOptions {
  readonly functionName: string;
  readonly timeoutMs: number;
  /** The function has answered and waits for another event: Lambda would freeze it now. */
  onIdle(): void;
  /** Right before a waiting function is given an event. */
  onWork(): void;
}

interface Invocation {
  readonly id: string;
  readonly event: unknown;
  readonly answer: PromiseWithResolvers<Answer>;
  startedAt: number;
}

const root = '/2018-06-01/runtime';

/** Listens on a free port of 127.0.0.1. */
export async function createRuntimeApi(options: RuntimeApiOptions): Promise<RuntimeApi> {
  const queue: Invocation[] = [];
  const running = new Map<string, Invocation>();
  const initialised = Promise.withResolvers<number>();
  // Who only invokes hears of a failed init by the invocation.
  initialised.promise.catch(() => {});
  let waiting: ServerResponse | undefined;
  let hasAnswered = false;

  const handOut = () => {
    const invocation = waiting === undefined ? undefined : queue.shift();
    if (waiting === undefined || invocation === undefined) return;
    const response = waiting;
    waiting = undefined;
    running.set(invocation.id, invocation);
    options.onWork();
    invocation.startedAt = performance.now();
    response.writeHead(200, headersOf(invocation.id, options));
    response.end(JSON.stringify(invocation.event));
  };
  const fail = (reason: Error) => {
    initialised.reject(reason);
    for (const { answer } of [...queue.splice(0), ...running.values()]) answer.reject(reason);
    running.clear();
  };
  const settle = async (id: string, kind: string, request: IncomingMessage) => {
    const payload = (await buffer(request)).toString();
    const invocation = running.get(id);
    running.delete(id);
    hasAnswered = true;
    const answeredAt = performance.now();
    const failed = request.trailers['lambda-runtime-function-error-type'] !== undefined;
    invocation?.answer.resolve({
      status: kind === 'error' || failed ? 'error' : 'ok',
      payload,
      streamed: request.headers['lambda-runtime-function-response-mode'] === 'streaming',
      durationMs: answeredAt - invocation.startedAt,
      answeredAt,
    });
  };

  const server = createServer(async (request, response) => {
    const path = request.url ?? '';
    const [, id, kind] = /^\/invocation\/([^/]+)\/(response|error)$/.exec(within(path)) ?? [];
    if (request.method === 'GET' && path === `${root}/invocation/next`) {
      initialised.resolve(performance.now());
      waiting = response;
      if (hasAnswered && queue.length === 0) options.onIdle();
      handOut();
    } else if (request.method === 'POST' && path === `${root}/init/error`) {
      fail(new Error(`The init failed: ${(await buffer(request)).toString()}`));
      response.writeHead(202).end('{"status":"OK"}');
    } else if (request.method === 'POST' && id !== undefined && kind !== undefined) {
      await settle(id, kind, request);
      response.writeHead(202).end('{"status":"OK"}');
    } else {
      response.writeHead(404).end();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    initialised: initialised.promise,
    invoke(event) {
      const answer = Promise.withResolvers<Answer>();
      queue.push({ id: randomUUID(), event, answer, startedAt: 0 });
      handOut();
      return answer.promise;
    },
    close(reason) {
      fail(reason);
      server.close();
      server.closeAllConnections();
    },
  };
}

function within(path: string): string {
  return path.startsWith(root) ? path.slice(root.length) : '';
}

function headersOf(id: string, options: RuntimeApiOptions): Record<string, string> {
  const [epoch, unique] = [Math.floor(Date.now() / 1_000).toString(16), id.replaceAll('-', '')];
  return {
    'Content-Type': 'application/json',
    'Lambda-Runtime-Aws-Request-Id': id,
    'Lambda-Runtime-Deadline-Ms': String(Date.now() + options.timeoutMs),
    'Lambda-Runtime-Invoked-Function-Arn': `arn:aws:lambda:us-east-1:000000000000:function:${options.functionName}`,
    'Lambda-Runtime-Trace-Id': `Root=1-${epoch}-${unique.slice(0, 24)};Parent=${unique.slice(0, 16)};Sampled=0`,
  };
}
