import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newKey } from '@pilotlight/contracts';
import { systemClock } from '@pilotlight/lifecycle';
import { afterEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { takeStartReports } from './start-reports.ts';

describe('reports of starts', () => {
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  /** Answers as a gateway does that has no database at its first call. */
  async function startGateway() {
    const made = newKey();
    const calls: string[] = [];
    const server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      const key = request.headers['x-api-key'] === made ? 'its own' : "the admin's";
      calls.push(`${request.url} ${body} with ${key}`);
      const answer = (status: number, json: object) =>
        response.writeHead(status).end(JSON.stringify(json));
      if (calls.length === 1) return answer(503, {});
      if (request.url === '/api/v1/keys') return answer(201, { key: made });
      return answer(request.url === '/api/v1/projects' ? 201 : 200, {});
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ends.push(async () => server.close());
    return { http: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls };
  }

  it('are taken at once, and handed over under a key of their own when the gateway can', async () => {
    const { http, calls } = await startGateway();
    const lost: string[] = [];
    using folder = temporaryFolder();
    const dataDir = folder.path;
    const handed = Promise.withResolvers<void>();
    // Time passes when it is asked for.
    const clock = {
      ...systemClock,
      after: (_ms: number, task: () => void) => systemClock.after(1, task),
    };
    const reports = await takeStartReports({
      ...{ http, apiKey: newKey(), dataDir, clock },
      onLost: (reason) => lost.push(reason),
    });
    ends.push(() => reports.close());
    const answer = await fetch(`${reports.endpoint}/api/v1/ingest`, {
      method: 'POST',
      headers: { 'X-API-Key': reports.key },
      body: '{"a":1}',
    });
    expect(answer.status).toBe(200);
    const look = setInterval(() => {
      if (calls.some((call) => call.startsWith('/api/v1/ingest'))) handed.resolve();
    }, 5);
    await handed.promise.finally(() => clearInterval(look));
    expect(calls.at(-1)).toBe('/api/v1/ingest {"a":1} with its own');
    expect(lost).toEqual([]);
  });

  it('are refused without the key that the services were told', async () => {
    const { http, calls } = await startGateway();
    using folder = temporaryFolder();
    const reports = await takeStartReports({
      ...{ http, apiKey: newKey(), dataDir: folder.path, clock: systemClock },
      onLost: () => {},
    });
    ends.push(() => reports.close());
    const answer = await fetch(`${reports.endpoint}/api/v1/ingest`, { method: 'POST', body: '{}' });
    expect(answer.status).toBe(400);
    expect(calls).toEqual([]);
  });
});
