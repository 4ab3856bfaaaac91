import { describe, expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';

describe('metrics', () => {
  it('count, measure and distribute', async () => {
    const metrics = createMetrics('executor');
    metrics.counter('pilotlight_leases_total', 'Leases.').inc();
    metrics.gauge('code_runner_queue_depth', 'Waiting.', ['queue']).set({ queue: 'standard' }, 7);
    const seconds = metrics.histogram('pilotlight_start_seconds', 'Starts.', ['phase'], [0.1, 1]);
    seconds.observe({ phase: 'total' }, 0.5);
    const text = await metrics.text();
    expect(text).toContain('pilotlight_leases_total{service="executor"} 1');
    expect(text).toContain('code_runner_queue_depth{queue="standard",service="executor"} 7');
    expect(text).toMatch(/pilotlight_start_seconds_bucket{.*le="0.1".*} 0/);
    expect(text).toMatch(/pilotlight_start_seconds_bucket{.*le="1".*} 1/);
  });

  it('are refreshed before they are read', async () => {
    const metrics = createMetrics('executor');
    const stock = metrics.gauge('pilotlight_stock', 'Warm sandboxes.');
    metrics.onScrape(async () => stock.set(5));
    expect(await metrics.text()).toContain('pilotlight_stock{service="executor"} 5');
  });

  it.each(['leases_total', 'Pilotlight_x', 'pilotlight_', 'pilotlight-x', 'pilotlight_fooBar'])(
    'refuse the name %s',
    (name) => {
      expect(() => createMetrics('executor').gauge(name, 'Help.')).toThrow(name);
    },
  );

  it('refuse a counter that does not say that it is one', () => {
    expect(() => createMetrics('executor').counter('pilotlight_leases', 'Help.')).toThrow('_total');
  });

  it.each(['id', 'sandbox_id', 'userId', '1st'])('refuse the label %s', (label) => {
    expect(() => createMetrics('executor').gauge('pilotlight_x', 'Help.', [label])).toThrow(label);
  });

  it('refuse a name that exists', () => {
    const metrics = createMetrics('executor');
    metrics.gauge('pilotlight_x', 'Help.');
    expect(() => metrics.gauge('pilotlight_x', 'Help.')).toThrow('pilotlight_x');
  });
});
