// The conformance suite on every nats-server that this machine has.
import type { SubjectFilter } from '@pilotlight/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventSubject, unique } from '../conformance/fixtures.ts';
import { busConformance } from '../conformance.ts';
import { installedServers, startNatsServer, type TestServer } from '../testing/nats-server.ts';
import { connectBus } from './connect.ts';

const servers = installedServers();

it('has a server to run on', () => {
  if (servers.length < 2) {
    console.warn(
      `Only ${servers.map(({ version }) => version).join() || 'no nats-server'} here; the other one of 2.9 and current was not tested.`,
    );
  }
  expect(servers).not.toHaveLength(0);
});

describe.each(servers)('nats-server $version', ({ version, binary }) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startNatsServer({ binary });
  });
  afterAll(() => server.dispose());

  const connect = () =>
    connectBus({
      servers: server.url,
      user: server.user,
      password: server.password,
      name: 'conformance',
    });

  it('does not give a durable name to a reader with another filter', async () => {
    const bus = await connect();
    const [one, two] = [unique(), unique()];
    const consume = (filter: SubjectFilter) =>
      bus.consume({
        stream: 'SANDBOX_EVENTS',
        filter,
        durable: `test-${one}`,
        batchSize: 1,
        batchWaitMs: 0,
        handle: async () => undefined,
      });
    const reader = await consume(eventSubject(one));
    await expect(consume(eventSubject(two))).rejects.toMatchObject({ code: 'failed_precondition' });
    await reader.stop();
    await bus.close();
  });

  busConformance(version, connect);
});
