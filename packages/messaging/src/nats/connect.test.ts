// What connecting leaves behind on a real server, and what it refuses.

import { jetstreamManager } from '@nats-io/jetstream';
import { connect as connectNats } from '@nats-io/transport-node';
import { buckets, streams, subjectsOf } from '@pilotlight/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installedServers, startNatsServer, type TestServer } from '../testing/nats-server.ts';
import { connectBus } from './connect.ts';
import { knownHoles, parseServerVersion } from './version.ts';

describe.each(installedServers())('connecting to nats-server $version', ({ binary, version }) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startNatsServer({ binary });
  });
  afterAll(() => server.dispose());

  const options = () => ({
    servers: server.url,
    user: server.user,
    password: server.password,
    name: 'test',
  });

  async function onServer<T>(
    run: (manager: Awaited<ReturnType<typeof jetstreamManager>>) => Promise<T>,
  ): Promise<T> {
    const { servers, user, password } = options();
    const connection = await connectNats({ servers, user, pass: password });
    try {
      return await run(await jetstreamManager(connection));
    } finally {
      await connection.close();
    }
  }

  it('makes every stream and bucket of the contracts, however many connect at once', async () => {
    const buses = await Promise.all([1, 2, 3, 4].map(() => connectBus(options())));
    await Promise.all(buses.map((bus) => bus.close()));
    await onServer(async (manager) => {
      const names = await manager.streams.names().next();
      const wanted = [
        ...Object.keys(streams),
        ...Object.keys(buckets).map((bucket) => `KV_${bucket}`),
      ];
      expect(names.toSorted()).toEqual(wanted.toSorted());
      const { config } = await manager.streams.info('EXEC_PRIORITY');
      expect(config).toMatchObject({
        subjects: subjectsOf('EXEC_PRIORITY'),
        max_msgs: 10_000,
        max_bytes: 256 * 1024 * 1024,
        discard: 'new',
        retention: 'limits',
        storage: 'file',
        duplicate_window: 120_000_000_000,
        allow_direct: true,
      });
      const leaders = await manager.streams.info('KV_leaders');
      expect(leaders.config).toMatchObject({ max_msgs_per_subject: 1, max_age: 5_000_000_000 });
    });
  });

  it('puts back what the contracts say, and leaves what they do not', async () => {
    await onServer(async (manager) => {
      await manager.streams.update('EXEC_DEAD', { max_bytes: 1024 * 1024, description: 'ours' });
    });
    const bus = await connectBus(options());
    await bus.close();
    const { config } = await onServer((manager) => manager.streams.info('EXEC_DEAD'));
    expect(config.max_bytes).toBe(streams.EXEC_DEAD.maxBytes);
    expect(config.description).toBe('ours');
  });

  it('refuses wrong credentials at once', async () => {
    await expect(connectBus({ ...options(), password: 'wrong' })).rejects.toMatchObject({
      code: 'unauthenticated',
    });
  });

  it('warns once of a server with known holes, and only then', async () => {
    const warnings: string[] = [];
    const bus = await connectBus({ ...options(), warn: (message) => warnings.push(message) });
    const parsed = parseServerVersion(version);
    expect(warnings).toEqual([knownHoles(parsed ?? [0, 0, 0])].filter(Boolean));
    expect(bus.maxPayloadBytes).toBe(8 * 1024 * 1024);
    await bus.close();
  });
});
