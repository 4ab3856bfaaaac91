// nats-server.conf as it stands here, run by a real nats-server: what each user needs works, and what is
// not its business is refused.
import { join } from 'node:path';
import { connect as connectNats } from '@nats-io/transport-node';
import { type BusUser, busUsers, inboxOf, subject } from '@pilotlight/contracts';
import { type Bus, type BusOptions, connectBus } from '@pilotlight/messaging';
import { installedServers } from '@pilotlight/messaging/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ConfiguredServer,
  startConfigured,
} from '../../packages/messaging/src/testing/configured-server.ts';

const configFile = join(import.meta.dirname, 'nats-server.conf');
const project = 'example';
const projectUser = `project-${project}`;
const users = ['operator', ...busUsers, projectUser];
const passwordOf = (user: string) => `secretOf${user.replaceAll('-', '')}`;
const env = {
  PILOTLIGHT_NATS_SERVER_NAME: 'test',
  ...Object.fromEntries(
    users.map((user) => [
      `PILOTLIGHT_NATS_PASSWORD_${user.replaceAll('-', '_').toUpperCase()}`,
      passwordOf(user),
    ]),
  ),
};
const body = Buffer.from('{}');
const denied = { code: 'permission_denied', message: expect.stringMatching(/may not/) };
const request = { priority: 'normal', language: 'python' } as const;
const result = subject('executionResult', { id: 'e1' });

describe.each(installedServers())('deploy/nats on nats-server $version', ({ binary }) => {
  let server: ConfiguredServer;
  const buses = new Map<string, Bus>();
  const connect = (user: string, options: Partial<BusOptions>) =>
    connectBus({
      ...{ servers: `nats://${server.address}`, name: user, user, password: passwordOf(user) },
      ...options,
    });
  const bus = (user: BusUser | typeof projectUser): Bus => {
    const found = buses.get(user);
    if (found !== undefined) return found;
    throw new Error(`${user} is not connected`);
  };

  beforeAll(async () => {
    server = await startConfigured({ binary, configFile, env });
    // At once, as after a power cut: those who make nothing wait for those who do.
    const connecting = busUsers.map(async (user) => {
      buses.set(user, await connect(user, { role: user }));
    });
    await Promise.all(connecting);
    buses.set(projectUser, await connect(projectUser, { role: 'project' }));
  });
  afterAll(async () => {
    await Promise.all([...buses.values()].map((one) => one.close()));
    await server[Symbol.asyncDispose]();
  });

  const next = async (from: Bus, stream: 'EXEC_STANDARD' | 'EXEC_RESULTS') => {
    const ended = new AbortController();
    for await (const message of from.follow(stream, '>', 'first', ended.signal)) return message;
    throw new Error('the stream ended');
  };

  it('carries a run from its publisher to its watchers', async () => {
    await bus('publisher').publish(subject('executionRequest', request), body);
    const { sequence } = await next(bus('scheduler'), 'EXEC_STANDARD');
    await bus('executor').publish(result, body, { onlyFirst: true });
    expect(await next(bus('gateway'), 'EXEC_RESULTS')).toMatchObject({ subject: result });
    expect(await next(bus('publisher'), 'EXEC_RESULTS')).toMatchObject({ subject: result });
    const recorded = Promise.withResolvers<void>();
    const recording = await bus('stats-recorder').consume({
      ...{ stream: 'EXEC_RESULTS', durable: 'stats-recorder', batchSize: 1, batchWaitMs: 0 },
      handle: async () => recorded.resolve(),
    });
    await recorded.promise;
    await recording.stop();
    expect(await bus('scheduler').remove('EXEC_STANDARD', sequence)).toBe(true);
  });

  it.each([
    ['gateway', 'a result', result],
    ['gateway', 'a request', subject('executionRequest', request)],
    ['publisher', 'a result', result],
    ['executor', 'a request', subject('executionRequest', request)],
    ['stats-recorder', 'an event', subject('sandboxEvent', { type: 'ready', template: 'x' })],
    [projectUser, 'a request for everybody', subject('executionRequest', request)],
    [
      projectUser,
      "another project's request",
      subject('projectRequest', { ...request, project: 'other' }),
    ],
    [projectUser, 'a result', result],
  ] as const)('%s cannot publish %s', async (user, _, to) => {
    await expect(bus(user).publish(to, body)).rejects.toMatchObject(denied);
  });

  it.each([
    ['executor', 'keys'],
    ['scheduler', 'keys'],
    ['gateway', 'keys'],
    ['executor', 'plan'],
    ['metrics-collector', 'templates'],
    ['publisher', 'leaders'],
    [projectUser, 'keys'],
  ] as const)('%s cannot write %s', async (user, name) => {
    const bucket = await bus(user).bucket(name);
    await expect(bucket.put('x', body)).rejects.toMatchObject(denied);
  });

  it.each([
    ['executor', 'EXEC_STANDARD'],
    ['pool-manager', 'EXEC_STANDARD'],
    ['gateway', 'EXEC_STANDARD'],
    [projectUser, 'EXEC_STANDARD'],
    [projectUser, 'EXEC_RESULTS'],
  ] as const)('%s cannot read %s', async (user, stream) => {
    await expect(next(bus(user), stream as 'EXEC_STANDARD')).rejects.toMatchObject(denied);
  });

  it('a project publishes in its own name, and is told that it was accepted', async () => {
    const own = subject('projectRequest', { ...request, project });
    expect(await bus(projectUser).publish(own, body)).toMatchObject({ stream: 'EXEC_STANDARD' });
  });

  it('nobody hears what is said to another', async () => {
    const user = 'gateway';
    const raw = await connectNats({ servers: server.address, user, pass: passwordOf(user) });
    for (const other of [`${inboxOf('scheduler')}.>`, '_INBOX.>', 'exec.>', '$KV.>', '>']) {
      const refused = Promise.withResolvers<Error | null>();
      raw.subscribe(other, { callback: (error) => refused.resolve(error) });
      expect(await refused.promise).toMatchObject({ name: 'PermissionViolationError' });
    }
    await raw.close();
  });

  it('nobody else touches the position of the recorder', async () => {
    const taking = bus('gateway').consume({
      ...{ stream: 'SANDBOX_EVENTS', durable: 'stats-recorder', batchSize: 1, batchWaitMs: 0 },
      handle: async () => undefined,
    });
    await expect(taking).rejects.toMatchObject(denied);
  });

  it('the operator may do everything', async () => {
    const operator = await connect('operator', {});
    const keys = await operator.bucket('keys');
    await keys.put('x', body);
    await keys.remove('x');
    await operator.close();
  });

  it('refuses a wrong password', async () => {
    await expect(connect('scheduler', { password: 'guessed' })).rejects.toMatchObject({
      code: 'unauthenticated',
    });
  });
});
