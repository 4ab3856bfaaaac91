// What probes see: every process says that it lives, whether it is ready and, where it is not, for want
// of what; and says the same over gRPC.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { serviceNames } from '@pilotlight/cli/platform';
import { parseJsonObject } from '@pilotlight/contracts';
import { connectRpc } from '@pilotlight/rpc';
import { describe, expect, it } from 'vitest';
import { healthDefinition } from '../../packages/rpc/src/health.ts';
import { nodesOf, usePlatform } from './fixture.ts';
import { until } from './until.ts';

const serving = 1;
const PILOTLIGHT_NODE_TOKEN = randomBytes(24).toString('base64url');
const token = { PILOTLIGHT_NODE_TOKEN };

interface Readiness {
  readonly ready: boolean;
  readonly checks: readonly { readonly name: string; readonly ok: boolean; reason?: string }[];
}

describe('the health of every process', () => {
  const under = usePlatform({
    templates: ['python'],
    env: { scheduler: token, 'pool-manager': token, executor: token },
  });

  const ask = (service: string, path: string) =>
    fetch(`http://${under.platform.endpoints.ops[service]}${path}`);

  async function readiness(service: string): Promise<{ status: number } & Readiness> {
    const response = await ask(service, '/readyz');
    return { status: response.status, ...((await response.json()) as Readiness) };
  }

  /** host:port of a process' gRPC server. */
  async function addressOf(service: string): Promise<string> {
    const { grpc, pools, stats } = under.platform.endpoints;
    const [node] = await nodesOf(under.bus);
    const leader = await (await under.bus.bucket('leaders')).get('metrics-collector');
    const addresses: Record<string, unknown> = {
      ...{ scheduler: grpc, 'pool-manager': pools, 'stats-recorder': stats },
      executor: node?.address,
      'metrics-collector': leader && parseJsonObject(leader.value)['address'],
    };
    return String(addresses[service]);
  }

  it.each(serviceNames)('%s lives and is ready', async (service) => {
    const live = await ask(service, '/livez');
    expect({ status: live.status, body: await live.text() }).toEqual({ status: 200, body: 'ok\n' });
    const { status, ready, checks } = await readiness(service);
    expect({ status, ready }).toEqual({ status: 200, ready: true });
    expect(checks).toContainEqual({ name: 'bus', ok: true });
  });

  const withGrpc = serviceNames.filter((service) => service !== 'gateway');

  it.each(withGrpc)('%s serves health over gRPC', async (service) => {
    const address = await addressOf(service);
    const probe = connectRpc(healthDefinition, { address, token: PILOTLIGHT_NODE_TOKEN });
    try {
      // The database of the stats-recorder may still be opening.
      await until(`${service} is serving`, async () => {
        const answer = await probe.client.check({ service: '' });
        return answer.status === serving;
      });
    } finally {
      probe.close();
    }
  });

  it.each(serviceNames)('%s shows how it started and how long its calls take', async (service) => {
    const text = await (await ask(service, '/metrics')).text();
    const value = (series: string) => {
      const line = text.split('\n').find((candidate) => candidate.startsWith(series));
      return Number(line?.slice(line.lastIndexOf(' ')) ?? Number.NaN);
    };
    const stage = (name: string) => value(`pilotlight_startup_seconds{stage="${name}"`);
    expect(stage('ready_for_request')).toBeGreaterThan(0);
    expect(stage('critical')).toBeGreaterThanOrEqual(stage('ready_for_request'));
    expect(stage('ready')).toBeGreaterThanOrEqual(stage('critical'));
    expect(stage('critical_path')).toBeLessThanOrEqual(stage('ready'));
    const serving = service === 'gateway' ? 'http' : 'rpc';
    for (const component of ['modules', 'bus', serving, 'ops']) {
      expect(
        value(`pilotlight_startup_component_seconds{component="${component}"`),
      ).toBeGreaterThan(0);
    }
    expect(
      value(
        'pilotlight_startup_component_seconds{component="configuration",phase="security_context"',
      ),
    ).toBeGreaterThanOrEqual(0);
    await until('the start is complete', async () =>
      (await (await ask(service, '/metrics')).text()).includes('stage="total"'),
    );
    // The collector has no calls of its own.
    if (service !== 'metrics-collector') {
      expect(text).toContain('# TYPE pilotlight_request_latency_seconds histogram');
    }
  });

  it.each(serviceNames)('%s runs from its bundle', (service) => {
    const command = readFileSync(`/proc/${under.platform.pids().get(service)}/cmdline`, 'utf8');
    expect(command).toContain(`services/${service}/dist/main.js`);
  });

  it('is lost for want of the bus while NATS is away, and comes back', async () => {
    await Promise.all(serviceNames.map((service) => saysBusIsAway(service)));
    await under.platform.ready('scheduler');
    for (const service of serviceNames) {
      await until(`${service} is ready`, async () => (await readiness(service)).ready);
    }
  });

  /** Nobody loses the connection for long, so NATS is ended again until this process was asked in time. */
  async function saysBusIsAway(service: string): Promise<void> {
    await until(`${service} misses the bus`, async () => {
      endNats();
      const { status, checks } = await readiness(service);
      const bus = checks.find(({ name }) => name === 'bus');
      if (bus?.ok !== false) return false;
      expect(status).toBe(503);
      expect(bus.reason).toMatch(/connected/);
      const live = await ask(service, '/livez');
      expect(live.status).toBe(200);
      return true;
    });
  }

  function endNats(): void {
    try {
      under.platform.signal('nats-server', 'SIGKILL');
    } catch (thrown) {
      // It has ended, and is not there again yet.
      expect(thrown).toMatchObject({ code: 'ESRCH' });
    }
  }
});
