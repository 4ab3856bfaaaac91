// Takes the services' own reports of their starts, and hands them to the gateway when there is one: most of
// them are ready before it is. The services know an address and a key that is of no use elsewhere.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newKey } from '@pilotlight/contracts';
import { type Clock, pause } from '@pilotlight/lifecycle';
import { loopback } from './ports.ts';
import { type ReporterKeyOptions, reporterKey } from './reporter-key.ts';

const maxBytes = 4 * 1024 * 1024;
const maxWaiting = 100;
const tries = 60;
const tryEveryMs = 1_000;
const answerWithinMs = 5_000;

export interface StartReports {
  /** What a service is told: where to report, with which key. */
  readonly endpoint: string;
  readonly key: string;
  /** Drops what has not been handed over. */
  close(): Promise<void>;
}

export interface StartReportsOptions extends ReporterKeyOptions {
  readonly clock: Clock;
  /** Hears one sentence for each report that could not be handed over. */
  readonly onLost: (reason: string) => void;
}

/** Listens on the loopback interface. Each report is tried for a minute: at a first start a database is made meanwhile. */
export async function takeStartReports(options: StartReportsOptions): Promise<StartReports> {
  const key = newKey();
  const ended = new AbortController();
  const parts = { ...options, key: reporterKey(options), signal: ended.signal };
  const waiting = new Set<Promise<void>>();
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request).catch(() => undefined);
    const isOurs = request.method === 'POST' && request.headers['x-api-key'] === key;
    if (body === undefined || !isOurs || waiting.size >= maxWaiting) return answer(response, 400);
    answer(response, 200);
    const handing = handOver(request.url ?? '/', body, parts);
    waiting.add(handing);
    await handing.finally(() => waiting.delete(handing));
  });
  server.listen(0, loopback);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://${loopback}:${port}`,
    key,
    async close() {
      ended.abort();
      server.close();
      server.closeAllConnections();
      await Promise.all(waiting);
    },
  };
}

interface Handing extends StartReportsOptions {
  readonly key: ReturnType<typeof reporterKey>;
  readonly signal: AbortSignal;
}

async function handOver(
  path: string,
  body: Buffer<ArrayBuffer>,
  { http, key, clock, onLost, signal }: Handing,
): Promise<void> {
  let problem = '';
  for (let attempt = 0; attempt < tries && !signal.aborted; attempt += 1) {
    if (attempt > 0) await pause(clock, tryEveryMs, signal);
    try {
      const reporter = await key.get();
      if (reporter === undefined) throw new Error('there is no key to report with yet');
      const { status } = await fetch(new URL(path, http), {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-API-Key': reporter },
        body,
        signal: AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]),
      });
      if (status === 200) return;
      problem = `the gateway answers ${status}`;
      if (status === 400) break;
      if (status === 401) key.refused();
    } catch (thrown) {
      problem = String(thrown);
    }
  }
  if (!signal.aborted) onLost(`A report of a start was lost: ${problem}`);
}

async function bodyOf(request: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error('too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function answer(response: ServerResponse, status: 200 | 400): void {
  const body = status === 200 ? { status: 'ok' } : { detail: 'This is not a report.' };
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}
