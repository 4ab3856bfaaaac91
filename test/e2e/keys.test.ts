// API keys on the running platform: who is let in, what they see, and what a revocation ends.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type Pilotlight } from '@pilotlight/client';
import { newKey } from '@pilotlight/contracts';
import { slowness } from '@pilotlight/telemetry/test-slowness';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  createPostgresServer,
  type PostgresServer,
  postgresPrograms,
} from '../../services/stats-recorder/src/testing/postgres-server.ts';
import { type PlatformUnderTest, usePlatform } from './fixture.ts';
import { until } from './until.ts';

const templates = ['shell'];
const hello = { language: 'sh', code: 'echo hello' };

/** Clients with keys of their own, closed after each test. */
function useClients(under: PlatformUnderTest) {
  const open: Pilotlight[] = [];
  const keys: string[] = [];
  afterEach(async () => {
    for (const client of open.splice(0)) await client.close();
  });
  const clientWith = async (apiKey?: string) => {
    const { grpc, pools, stats } = under.platform.endpoints;
    const addresses = { address: grpc, poolAddress: pools, statsAddress: stats };
    const client = await connect({ ...addresses, ...(apiKey !== undefined && { apiKey }) });
    open.push(client);
    return client;
  };
  /** Of a project, which is made where there is none. */
  const clientOf = async (project: string, userId = '') => {
    const made = await keyOf(under.client, project, userId);
    keys.push(made.key);
    return { ...made, client: await clientWith(made.key) };
  };
  return { clientWith, clientOf, keys };
}

async function keyOf({ keys }: Pilotlight, project: string, userId: string) {
  const projects = await keys.listProjects();
  if (!projects.some(({ slug }) => slug === project)) await keys.createProject({ name: project });
  const { key, details } = await keys.create({ project, userId });
  return { key, id: details.id };
}

/** Of the error that it rejects with. */
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: { code?: string }) => error.code,
  );

async function readToEnd(stream: AsyncIterator<unknown>): Promise<void> {
  while (!(await stream.next()).done);
}

/** The embedded database is made while the platform serves already, and yields to what else runs. */
const databaseIsThere = ({ client }: PlatformUnderTest) => {
  const plans = () =>
    client.keys.listPlans().catch((error: { code?: string }) => {
      if (error.code !== 'unavailable') throw error;
      return undefined;
    });
  return until('the database answers', plans, 90_000);
};

describe('a key', () => {
  const under = usePlatform({ templates });
  const { clientWith, clientOf, keys } = useClients(under);
  beforeAll(() => databaseIsThere(under));

  it.each([
    ['none', undefined],
    ['one that nobody knows', newKey()],
    ['what is none', 'secret'],
  ])('is needed by everyone: with %s nobody is let in', async (_, key) => {
    const client = await clientWith(key);
    const refused = { code: 'unauthenticated' };
    await expect(client.run(hello)).rejects.toMatchObject(refused);
    await expect(client.acquire({ template: 'shell' })).rejects.toMatchObject(refused);
    await expect(client.listSandboxes()).rejects.toMatchObject(refused);
    await expect(client.pools()).rejects.toMatchObject(refused);
    await expect(client.stats()).rejects.toMatchObject(refused);
    await expect(client.keys.list()).rejects.toMatchObject(refused);
  });

  it('runs code in the name of its project, or of its user', async () => {
    const { client: ofBlue } = await clientOf('blue');
    const { client: ofAnn } = await clientOf('blue', 'ann');
    expect(await ofBlue.run(hello)).toMatchObject({
      ...{ status: 'completed', stdout: 'hello\n', result: { userId: 'blue' } },
    });
    expect((await ofBlue.run({ ...hello, userId: 'bob' })).result.userId).toBe('blue:bob');
    expect((await ofAnn.run(hello)).result.userId).toBe('blue:ann');
    const refused = { code: 'permission_denied' };
    await expect(ofAnn.run({ ...hello, userId: 'bob' })).rejects.toMatchObject(refused);
    await expect(ofBlue.run({ ...hello, userId: 'red:bob' })).rejects.toMatchObject(refused);
  });

  it("sees nothing of other projects' executions and sandboxes", async () => {
    const { client: ofBlue } = await clientOf('blue');
    const { client: ofRed } = await clientOf('red');
    const { executionId: id } = await ofBlue.submit({ language: 'sh', code: 'sleep 20' });
    const gone = { code: 'not_found' };
    await expect(ofRed.get(id)).rejects.toMatchObject(gone);
    await expect(ofRed.cancel(id)).rejects.toMatchObject(gone);
    await expect(ofRed.watchOutput(id)[Symbol.asyncIterator]().next()).rejects.toMatchObject(gone);
    expect((await ofBlue.cancel(id)).executionId).toBe(id);
    const sandbox = await ofBlue.acquire({ template: 'shell' });
    // That of the cancelled execution may still be there.
    const seen = (await ofBlue.listSandboxes()).map(({ sandboxId }) => sandboxId);
    expect(seen).toContain(sandbox.id);
    expect(await ofRed.listSandboxes()).toEqual([]);
    await sandbox.release();
  });

  it('sees what was recorded of its own project alone', async () => {
    const { client: ofGreen } = await clientOf('green');
    const { result } = await ofGreen.run(hello);
    const activity = await until('it is recorded', async () => {
      const recorded = await ofGreen.activity();
      return recorded.length > 0 && recorded;
    });
    expect(activity.map(({ executionId }) => executionId)).toEqual([result.executionId]);
    const refused = { code: 'permission_denied' };
    await expect(ofGreen.stats({ userId: 'blue:ann' })).rejects.toMatchObject(refused);
    await expect(ofGreen.analyze()).rejects.toMatchObject(refused);
    await expect(ofGreen.setPolicy('shell', { minSize: 0 })).rejects.toMatchObject(refused);
    await expect(ofGreen.keys.list()).rejects.toMatchObject(refused);
  });

  it('ends what it had begun when it is revoked, and lets nobody in any more', async () => {
    const { client, id } = await clientOf('blue');
    const { client: other } = await clientOf('blue');
    const sandbox = await client.acquire({ template: 'shell' });
    const command = await sandbox.start(['sh', '-c', 'echo begun; sleep 60']);
    const ended = codeOf(command.exit);
    await command.stdout.iterator({ destroyOnReturn: false }).next();
    const { executionId } = await other.submit({ language: 'sh', code: 'echo begun; sleep 20' });
    const output = client.watchOutput(executionId)[Symbol.asyncIterator]();
    const watched = codeOf(readToEnd(output));
    const kept = other.watchOutput(executionId)[Symbol.asyncIterator]();
    await kept.next();
    const startedAt = performance.now();
    expect(await under.client.keys.revoke(id)).toMatchObject({ active: false });
    expect(await Promise.all([ended, watched])).toEqual(['unauthenticated', 'unauthenticated']);
    expect(performance.now() - startedAt).toBeLessThan(2_000 * slowness());
    await expect(client.run(hello)).rejects.toMatchObject({ code: 'unauthenticated' });
    await other.cancel(executionId);
    expect((await other.run(hello)).status).toBe('completed');
  });

  it('goes on working while the recorder of keys is dead, and while it comes back', async () => {
    const { client, id } = await clientOf('blue');
    under.platform.signal('stats-recorder', 'SIGKILL');
    expect((await client.run(hello)).stdout).toBe('hello\n');
    await under.platform.ready('stats-recorder');
    await databaseIsThere(under);
    expect((await client.run(hello)).stdout).toBe('hello\n');
    const listed = await under.client.keys.list('blue');
    expect(listed.find((key) => key.id === id)).toMatchObject({ active: true });
  });

  it('is in no log and in no metric', async () => {
    const logs = join(under.dataDir, 'logs');
    const names = (await readdir(logs)).filter((name) => name.endsWith('.log'));
    const texts = await Promise.all(names.map((name) => readFile(join(logs, name), 'utf8')));
    for (const address of Object.values(under.platform.endpoints.ops)) {
      texts.push(await (await fetch(`http://${address}/metrics`)).text());
    }
    expect(names).toContain('scheduler.log');
    const secrets = [under.platform.endpoints.apiKey, ...keys];
    expect(secrets.length).toBeGreaterThan(5);
    for (const text of texts) {
      expect(text).not.toBe('');
      for (const secret of secrets) expect(text.includes(secret)).toBe(false);
    }
  });
});

const programs = await postgresPrograms();
if (programs === undefined) console.log('skipped: PostgreSQL is not installed below /usr/lib');

describe.skipIf(programs === undefined)('a key whose database is away', () => {
  let server: PostgresServer;
  const recorder: Record<string, string> = {};
  afterAll(() => server.remove());
  const under = usePlatform({
    templates,
    env: { 'stats-recorder': recorder },
    async prepare() {
      server = await createPostgresServer(programs ?? '');
      await server.start();
      recorder['PILOTLIGHT_DATABASE_URL'] = server.url;
    },
  });
  const { clientOf } = useClients(under);

  it('works, can be revoked, and is revoked in the database when that is back', async () => {
    await databaseIsThere(under);
    const { client, id } = await clientOf('blue');
    const { client: revoked, id: revokedId } = await clientOf('blue');
    await server.kill();
    expect((await client.run(hello)).stdout).toBe('hello\n');
    const { keys } = under.client;
    await expect(keys.create({ project: 'blue' })).rejects.toMatchObject({ code: 'unavailable' });
    expect(await keys.revoke(revokedId)).toMatchObject({ active: false });
    await until('the revoked key is refused', async () => {
      return (await codeOf(revoked.run(hello))) === 'unauthenticated';
    });
    await server.start();
    const active = await until('the database knows', async () => {
      const listed = await keys.list('blue').catch(() => []);
      const known = new Map(listed.map((key) => [key.id, key.active]));
      return known.get(revokedId) === false && known;
    });
    expect(active.get(id)).toBe(true);
    expect((await client.run(hello)).stdout).toBe('hello\n');
  });
});
