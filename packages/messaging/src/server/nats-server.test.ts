// The private server: private files, an end with its parent, and a reason when it does not start.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { installedServers } from '../testing/nats-server.ts';
import { type NatsServer, startNatsServer } from './nats-server.ts';

const binary = installedServers()[0]?.binary ?? 'nats-server';
const cleaning: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleaning.splice(0).reverse()) await clean();
});

async function scratch(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'pilotlight-nats-'));
  cleaning.push(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

async function start(directory: string, port?: number): Promise<NatsServer> {
  const server = await startNatsServer({
    binary,
    directory,
    ...(port === undefined ? {} : { port }),
  });
  cleaning.push(() => server.stop('SIGKILL'));
  return server;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

it('keeps its credentials to itself, and new ones for each start', async () => {
  const first = await scratch();
  const [one, two] = await Promise.all([start(first), start(await scratch())]);
  expect(one.password).not.toBe(two.password);
  expect((await stat(join(first, 'nats-server.conf'))).mode & 0o777).toBe(0o600);
  expect(await readFile(join(first, 'nats-server.log'), 'utf8')).not.toContain(one.password);
});

it('restarts at the same address, and tells a crash from a stop', async () => {
  const server = await start(await scratch());
  const { port, pid } = server;
  const crashes: string[] = [];
  const crashed = Promise.withResolvers<void>();
  server.onCrash((reason) => {
    crashes.push(reason);
    crashed.resolve();
  });
  await server.restart();
  expect(server.port).toBe(port);
  expect(server.pid).not.toBe(pid);
  expect(isRunning(pid)).toBe(false);
  expect(crashes).toEqual([]);
  process.kill(server.pid, 'SIGKILL');
  await crashed.promise;
  expect(crashes).toEqual(['it ended with SIGKILL']);
  await server.stop();
  await server.stop();
});

it('says why it does not start', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  cleaning.push(async () => {
    taken.close();
    await once(taken, 'close');
  });
  const address = taken.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  await expect(start(await scratch(), port)).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('address already in use'),
  });
  await expect(
    startNatsServer({ binary: '/nowhere/nats-server', directory: await scratch() }),
  ).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('ENOENT') });
});

it('ends when its parent is killed', async () => {
  const program = `
    import { startNatsServer } from ${JSON.stringify(fileURLToPath(new URL('./nats-server.ts', import.meta.url)))};
    const server = await startNatsServer(${JSON.stringify({ binary, directory: await scratch() })});
    console.log(server.pid, server.url);
  `;
  const parent = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
  const [pid, url] = line.split(' ');
  expect(isRunning(Number(pid))).toBe(true);
  parent.kill('SIGKILL');
  await until(() => !isRunning(Number(pid)));
  expect(url).toMatch(/^nats:\/\/127\.0\.0\.1:\d+$/);
});

/** The process is nobody's child any more, so its end can only be looked for. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
