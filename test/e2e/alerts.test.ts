// From a start that was too slow to whoever is to know of it: NATS, a webhook, the metrics, the command line.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import {
  Alert,
  fromJsonBytes,
  SandboxEvent,
  subject,
  subjectFilter,
  toJsonBytes,
} from '@pilotlight/contracts';
import { afterAll, describe, expect, it } from 'vitest';
import { usePlatform } from './fixture.ts';
import { until } from './until.ts';

const posted: unknown[] = [];
const webhook = createServer((request, response) => {
  void json(request).then((body) => {
    posted.push(body);
    response.writeHead(204).end();
  });
});
webhook.listen(0, '127.0.0.1');
await once(webhook, 'listening');
const { port } = webhook.address() as AddressInfo;
afterAll(() => webhook.close());

describe('an alert', () => {
  const under = usePlatform({
    templates: ['shell'],
    env: {
      'metrics-collector': { PILOTLIGHT_ALERT_WEBHOOK: `http://127.0.0.1:${port}/alerts` },
    },
  });

  /** As an executor tells of it whose registry was slow. */
  async function tellOfSlowStart(eventId: string) {
    const phases = { schedulingMs: 0, imagePullMs: 7_000, containerCreateMs: 10 };
    const event = SandboxEvent.create({
      ...{ eventId, type: 'ready', template: 'shell', sandboxId: 'sb_far_i1_1', node: 'far' },
      phases: { ...phases, processStartMs: 5, appInitMs: 5, totalMs: 7_020 },
    });
    const on = subject('sandboxEvent', { type: 'ready', template: 'shell' });
    await under.bus.publish(on, toJsonBytes(SandboxEvent, event), { messageId: eventId });
  }

  it('of a slow start is pushed once, with the figure and what to do', async () => {
    const ended = new AbortController();
    const alerts = under.bus.follow('ALERTS', subjectFilter('alert'), 'first', ended.signal);
    await tellOfSlowStart('slow-1');
    await tellOfSlowStart('slow-2');
    const found: Alert[] = [];
    for await (const message of alerts) {
      expect(message.subject).toBe('alert.warning.slow_cold_start');
      found.push(fromJsonBytes(Alert, message.data));
      ended.abort();
    }
    expect(found).toEqual([
      expect.objectContaining({
        ...{ name: 'slow_cold_start', severity: 'warning', state: 'firing', threshold: 5 },
        ...{ value: 7.02, labels: { template: 'shell' } },
        summary: expect.stringContaining('shell'),
        remedy: expect.stringContaining('pilotlight analyze'),
      }),
    ]);
    await until('the webhook has it', async () => posted.length > 0);
    expect(posted).toEqual([Alert.toJSON(found[0] ?? Alert.create())]);
  });

  it('is counted', async () => {
    const address = under.platform.endpoints.ops['metrics-collector'] ?? '';
    const metrics = await (await fetch(`http://${address}/metrics`)).text();
    expect(metrics).toMatch(/^pilotlight_alerts_firing\{name="slow_cold_start",.*\} 1$/m);
    expect(metrics).toMatch(/^pilotlight_alert_deliveries_total\{channel="webhook",.*\} 1$/m);
  });
});
