// How many reported invocations a second the gateway takes in for good, and how the recorder follows. Load,
// gateway, nats-server and the recorder with its embedded database share this machine.
import { Agent, request } from 'node:http';
import {
  batchSize,
  batchSource,
  functionsReported,
  modulesEach,
} from '../http/reported-batches.ts';
import { usageOf } from '../processes.ts';
import { pause, type Stack, withStack } from '../stack.ts';
import { hundredths, percentiles, say } from '../statistics.ts';

const connections = 4;
const warmUpMs = 3_000;
const durationMs = 15_000;
const lookEveryMs = 100;
const project = 'bench';

export function ingest() {
  return withStack({ templates: ['shell'] }, async (stack) => {
    const key = await keyOf(stack);
    const client = ingestClient(stack.platform.endpoints.http, key);
    say(`Reporting batches of ${batchSize} on ${connections} connections …`);
    const before = await report(client, warmUpMs);
    const cpuBeforeMs = gatewayCpuMs(stack);
    const measured = await report(client, durationMs);
    const cpuMs = gatewayCpuMs(stack) - cpuBeforeMs;
    const behind = (await pendingOf(stack)) * batchSize;
    say(`Taken in; the recorder has ${behind} to go …`);
    const drainingFrom = performance.now();
    while ((await pendingOf(stack)) > 0) await pause(lookEveryMs);
    const drainedMs = performance.now() - drainingFrom;
    const rows = await client.recorded();
    client.close();
    const takenIn = before.invocations + measured.invocations;
    if (rows !== takenIn) throw new Error(`${takenIn} were taken in, and ${rows} are recorded.`);
    return {
      invocations_per_s: hundredths((measured.invocations * 1_000) / measured.elapsedMs),
      ...{ p50_ms: percentiles(measured.batchMs).p50, p99_ms: percentiles(measured.batchMs).p99 },
      ...{ batch_size: batchSize, batch_bytes: measured.batchBytes, modules_each: modulesEach },
      connections,
      gateway_cpu_ms_per_batch: hundredths(cpuMs / measured.batchMs.length),
      recorder: {
        behind_at_end: behind,
        caught_up_after_s: hundredths(drainedMs / 1_000),
        rows_per_s: hundredths(
          (takenIn * 1_000) / (before.elapsedMs + measured.elapsedMs + drainedMs),
        ),
        rows,
      },
    };
  });
}

/** Of a project on the standard plan, whose limits hold. The embedded database takes seconds to open. */
async function keyOf({ pilotlight }: Stack): Promise<string> {
  for (;;) {
    try {
      await pilotlight.keys.createProject({ name: project });
      return (await pilotlight.keys.create({ project })).key;
    } catch (error) {
      if ((error as { code?: string }).code !== 'unavailable') throw error;
      await pause(lookEveryMs);
    }
  }
}

function gatewayCpuMs({ platform }: Stack): number {
  const usage = usageOf(platform.pids().get('gateway') ?? 0);
  if (usage === undefined) throw new Error('The gateway is not running.');
  return usage.cpuMs;
}

/** Messages of the stream that the recorder has not written yet: one for each batch. */
async function pendingOf({ bus }: Stack): Promise<number> {
  return (await bus.consumerLag('TELEMETRY', 'stats-recorder'))?.pending ?? 0;
}

/** The same number of batches under way for so long. */
async function report(client: IngestClient, forMs: number) {
  const next = batchSource();
  const batchMs: number[] = [];
  const startedAt = performance.now();
  const reporter = async () => {
    while (performance.now() - startedAt < forMs) {
      const body = next();
      const sentAt = performance.now();
      await client.send(body);
      batchMs.push(performance.now() - sentAt);
    }
  };
  await Promise.all(Array.from({ length: connections }, reporter));
  return {
    ...{ batchMs, elapsedMs: performance.now() - startedAt },
    ...{ invocations: batchMs.length * batchSize, batchBytes: Buffer.byteLength(next()) },
  };
}

interface IngestClient {
  /** Rejects unless all of the batch is taken in. */
  send(batch: string): Promise<void>;
  /** Invocations of the last 24 hours that the database has. */
  recorded(): Promise<number>;
  close(): void;
}

function ingestClient(address: string, apiKey: string): IngestClient {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const headers = { 'content-type': 'application/json', 'x-api-key': apiKey };
  const call = (method: string, path: string, body?: string) =>
    new Promise<unknown>((resolve, reject) => {
      const sent = request(`${address}${path}`, { agent, headers, method }, (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(pieces).toString();
          if (response.statusCode === 200) resolve(JSON.parse(text));
          else reject(new Error(`${path} answered ${response.statusCode}: ${text}`));
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  return {
    async send(batch) {
      const answer = (await call('POST', '/api/v1/ingest/batch', batch)) as { processed: number };
      if (answer.processed !== batchSize) throw new Error(`${answer.processed} were taken in.`);
    },
    async recorded() {
      const path = `/api/v1/functions?limit=${functionsReported}`;
      const { functions } = (await call('GET', path)) as {
        functions: { cold_start_stats: { total_invocations_24h: number } }[];
      };
      const totals = functions.map((one) => one.cold_start_stats.total_invocations_24h);
      return totals.reduce((sum, total) => sum + total, 0);
    },
    close: () => agent.destroy(),
  };
}
