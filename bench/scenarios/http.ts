// What the edge adds: REST beside a run over NATS in the same minutes, WebSockets, open connections.
import { helloWorld } from '../baselines/interpreter.ts';
import { type GatewayClient, gatewayClient } from '../http/gateway-client.ts';
import { measureIdleConnections } from '../http/idle-connections.ts';
import { measureWatchers } from '../http/watchers.ts';
import { createRunner } from '../runs.ts';
import { pause, type Stack, withStack } from '../stack.ts';
import { percentiles, say } from '../statistics.ts';

const stock = 20;
const block = 10;
const blocks = 10;
const warmUpBlocks = 5;
const gapMs = 5;

/** Tells by the clock of this machine when it wrote. */
const timestamp = 'import time; print(time.time() * 1000, flush=True)';

export function http() {
  return withStack({ templates: ['python'] }, async (stack) => {
    const { apiKey, http: address } = stack.platform.endpoints;
    const client = gatewayClient(address, apiKey);
    await stack.setPolicy('python', { minSize: stock, maxSize: stock });
    const latencies = await measureLatencies(stack, client);
    await stack.atRest('python');
    const watchers = await measureWatchers(stack, client);
    const idle_connections = await measureIdleConnections(stack);
    client.close();
    return { ...latencies, watchers, idle_connections };
  });
}

/** Kinds of samples take turns in blocks, so that a noisy machine is noisy to all of them. */
async function measureLatencies(stack: Stack, client: GatewayClient) {
  const ended = new AbortController();
  const runner = createRunner(stack.bus, ended.signal);
  const rest: number[] = [];
  const warm: number[] = [];
  const firstOutputs: number[] = [];
  const deliveries: number[] = [];
  for (let turn = -warmUpBlocks; turn < blocks; turn += 1) {
    const warmMs = await sample(stack, async () => (await runner.run(helloWorld)).runMs);
    const restMs = await sample(stack, () => restRun(client));
    const sockets = await sample(stack, () => socketRun(client));
    if (turn < 0) continue;
    warm.push(...warmMs);
    rest.push(...restMs);
    firstOutputs.push(...sockets.map(({ firstOutputMs }) => firstOutputMs));
    deliveries.push(...sockets.map(({ deliveryMs }) => deliveryMs));
    say(`  ${(turn + 1) * block} of ${blocks * block}`);
  }
  ended.abort();
  return {
    rest_wait_ms: percentiles(rest),
    warm_run_ms: percentiles(warm),
    /** From the request to the first output, the request and the connecting included. */
    ws_first_output_ms: percentiles(firstOutputs),
    /** From the moment in which the program wrote it. */
    ws_delivery_ms: percentiles(deliveries),
    samples: blocks * block,
  };
}

/** One block, when the refill of the one before it is over. */
async function sample<T>(stack: Stack, task: () => Promise<T>): Promise<T[]> {
  await stack.atRest('python');
  const taken: T[] = [];
  for (let count = 0; count < block; count += 1) {
    await pause(gapMs);
    taken.push(await task());
  }
  return taken;
}

async function restRun(client: GatewayClient): Promise<number> {
  const startedAt = performance.now();
  const result = await client.run(helloWorld);
  const restMs = performance.now() - startedAt;
  if (result.status === 'completed' && result.from_warm_pool) return restMs;
  throw new Error(`A run was ${result.status} and warm: ${result.from_warm_pool}.`);
}

async function socketRun(
  client: GatewayClient,
): Promise<{ firstOutputMs: number; deliveryMs: number }> {
  const startedAt = performance.now();
  const id = await client.submit(timestamp);
  const output = Promise.withResolvers<{ firstOutputMs: number; deliveryMs: number }>();
  const socket = client.watch(id, (frame) => {
    if (frame.type !== 'output') return;
    const nowMs = performance.timeOrigin + performance.now();
    const firstOutputMs = performance.now() - startedAt;
    output.resolve({ firstOutputMs, deliveryMs: nowMs - Number(frame.data) });
  });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.once('error', output.reject);
  const measured = await output.promise;
  await closed;
  return measured;
}
