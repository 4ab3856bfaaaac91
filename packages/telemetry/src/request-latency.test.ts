import { expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';
import { requestLatency } from './request-latency.ts';

it('distributes calls by component, operation and status', async () => {
  const metrics = createMetrics('scheduler');
  const observe = requestLatency(metrics, 'scheduler');
  observe({ operation: 'AcquireSandbox', status: 'ok', seconds: 0.0007 });
  observe({ operation: 'AcquireSandbox', status: 'unavailable', seconds: 31 });
  const text = await metrics.text();
  const labels = (status: string) =>
    `component="scheduler",operation="AcquireSandbox",status="${status}"`;
  const name = 'pilotlight_request_latency_seconds';
  const service = 'service="scheduler"';
  expect(text).toContain(`${name}_bucket{le="0.0005",${service},${labels('ok')}} 0`);
  expect(text).toContain(`${name}_bucket{le="0.001",${service},${labels('ok')}} 1`);
  expect(text).toContain(`${name}_bucket{le="30",${service},${labels('unavailable')}} 0`);
});
