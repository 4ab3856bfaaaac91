import { describe, expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';
import { type OpsServerOptions, serveOps } from './ops.ts';

async function serve(options: Partial<OpsServerOptions> = {}) {
  const metrics = createMetrics('scheduler');
  const server = await serveOps({
    address: '127.0.0.1:0',
    metrics,
    ready: () => ({ checks: [] }),
    ...options,
  });
  const get = async (path: string, init?: RequestInit) => {
    const response = await fetch(`http://${server.address}${path}`, init);
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      body: await response.text(),
    };
  };
  return { server, metrics, get, [Symbol.asyncDispose]: () => server.close() };
}

describe('the endpoint for operators', () => {
  it('serves metrics as Prometheus reads them', async () => {
    await using ops = await serve();
    const runs = ops.metrics.counter('pilotlight_runs_total', 'Runs.', ['outcome']);
    runs.inc({ outcome: 'completed' }, 2);
    const { status, type, body } = await ops.get('/metrics');
    expect({ status, type }).toEqual({
      status: 200,
      type: 'text/plain; version=0.0.4; charset=utf-8',
    });
    expect(body).toContain('pilotlight_runs_total{outcome="completed",service="scheduler"} 2');
    expect(body).toContain('process_cpu_seconds_total');
  });

  it('answers 500 with the reason when a metric cannot be read', async () => {
    await using ops = await serve();
    ops.metrics.onScrape(() => Promise.reject(new Error('no stock')));
    expect(await ops.get('/metrics')).toMatchObject({ status: 500, body: 'no stock\n' });
  });

  it('is ready when every check is ok, and lists them all', async () => {
    let nats = false;
    const ready = () => ({
      checks: [
        { name: 'nats', ok: nats, ...(!nats && { reason: 'disconnected' }) },
        { name: 'grpc', ok: true },
      ],
    });
    await using ops = await serve({ ready });
    const before = await ops.get('/readyz');
    expect(before.status).toBe(503);
    expect(JSON.parse(before.body)).toEqual({
      ready: false,
      checks: [
        { name: 'nats', ok: false, reason: 'disconnected' },
        { name: 'grpc', ok: true },
      ],
    });
    nats = true;
    const after = await ops.get('/readyz');
    expect(after).toMatchObject({ status: 200, type: 'application/json' });
    expect(JSON.parse(after.body).ready).toBe(true);
  });

  it('is live unless it says otherwise', async () => {
    let live = true;
    await using ops = await serve({ live: () => live });
    expect(await ops.get('/livez')).toMatchObject({ status: 200, body: 'ok\n' });
    live = false;
    expect(await ops.get('/livez')).toMatchObject({ status: 503 });
  });

  it('has nothing else', async () => {
    await using ops = await serve();
    expect(await ops.get('/')).toMatchObject({ status: 404 });
    expect(await ops.get('/livez', { method: 'POST' })).toMatchObject({ status: 405 });
    expect(await ops.get('/livez?x=1', { method: 'HEAD' })).toMatchObject({
      status: 200,
      body: '',
    });
  });

  it('closes at once, kept connections included, and frees its port', async () => {
    const first = await serve();
    await first.get('/livez');
    await first.server.close();
    await using _ = await serve({ address: first.server.address });
  });

  it('rejects where the address is taken', async () => {
    await using ops = await serve();
    await expect(serve({ address: ops.server.address })).rejects.toThrow('EADDRINUSE');
  });
});
