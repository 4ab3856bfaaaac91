// The hostile cases that need more than one run, a lease, or an answer before anything runs.
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { expect } from 'vitest';
import { refusalOf, runExactly } from '../e2e/behaviour-fixture.ts';
import { archiveEncounters } from './archives.ts';
import type { Encounter, Scene } from './encounter.ts';
import { lightPrograms, sourceOf } from './programs.ts';

async function refusesPath({ client }: Scene, path: string): Promise<void> {
  const files = [{ path, content: 'x' }];
  const refusal = await refusalOf(client.run({ language: 'shell', userId: 'ann', files }));
  expect(refusal.code).toBe('invalid_argument');
  expect(refusal.message).toContain('files[0].path');
}

async function huge({ client }: Scene): Promise<void> {
  const odd = Array.from({ length: 999 }, (_, i) => ({
    path: `d${i % 7}/ñ 😀 "${i}" $(x)\n\u202e`,
    content: `${i}`,
  }));
  const main = { path: 'main.py', content: sourceOf('33-huge-tree.py').code };
  const outcome = await runExactly(client, { language: 'python', files: [main, ...odd] });
  expect(outcome).toMatchObject({ status: 'completed', stdout: 'True\n', stderr: '' });
  const many = Array.from({ length: 10_000 }, (_, i) => ({ path: `f${i}`, content: '' }));
  const tooMany = await refusalOf(runExactly(client, { language: 'python', files: many }));
  expect(tooMany).toMatchObject({ code: 'invalid_argument' });
  expect(tooMany.message).toContain('files');
  const code = `#${'x'.repeat(1024 * 1024)}`;
  const tooLarge = await refusalOf(runExactly(client, { language: 'python', code }));
  expect(tooLarge).toMatchObject({ code: 'invalid_argument' });
}

async function network({ client, platform }: Scene): Promise<void> {
  const outside = createServer().listen(0, '0.0.0.0');
  try {
    const { grpc, pools, nats, ops } = platform.endpoints;
    const own = [grpc, pools, new URL(nats.url).host, ...Object.values(ops)];
    const address = outside.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const hosts = Object.values(networkInterfaces()).flatMap((all) => all?.map((i) => i.address));
    const reachable = hosts.filter((host) => host?.includes('.')).map((host) => `${host}:${port}`);
    const elsewhere = ['169.254.169.254:80', '1.1.1.1:53', '10.0.0.1:80', '192.168.0.1:80'];
    const outcome = await runExactly(client, {
      ...sourceOf('34-network.py'),
      args: [...own, ...reachable, ...elsewhere],
      timeoutSeconds: 30,
    });
    expect(outcome).toMatchObject({ status: 'completed', stdout: '[]\n', stderr: '' });
  } finally {
    outside.close();
  }
}

async function hostAndSecrets({ client, platform, dataDir }: Scene): Promise<void> {
  const { stdout, status } = await runExactly(client, sourceOf('35-host-and-secrets.py'));
  expect(status).toBe('completed');
  expect(stdout.split('\n')[0]).toBe('[]');
  for (const secret of [platform.endpoints.nats.password, 'PILOTLIGHT', dataDir]) {
    expect(stdout).not.toContain(secret);
  }
}

const holds = `
import ctypes, socket, sys
s = socket.socket(socket.AF_UNIX); s.bind("\\0shared"); s.listen()
ctypes.CDLL(None).shmget(4242, 4096, 0o1666)
print("held", flush=True); sys.stdin.read()`;
const looks = `
import ctypes, errno, socket
try: socket.socket(socket.AF_UNIX).connect("\\0shared"); print("connected")
except OSError as error: print(errno.errorcode[error.errno])
print(ctypes.CDLL(None).shmget(4242, 4096, 0o666))`;

async function sharedMemory({ client }: Scene): Promise<void> {
  const a = await client.acquire({ template: 'python', userId: 'ann' });
  const b = await client.acquire({ template: 'python', userId: 'bob' });
  try {
    const held = Promise.withResolvers<void>();
    const looked = Promise.withResolvers<void>();
    const holder = a.exec(['python3', '-c', holds], {
      onStdout: () => held.resolve(),
      // biome-ignore lint/correctness/useYield: input that ends when the other has looked.
      stdin: (async function* () {
        await looked.promise;
      })(),
    });
    await Promise.race([held.promise, holder]);
    const seen = await b.exec(['python3', '-c', looks]).finally(() => looked.resolve());
    expect(seen).toMatchObject({ exitCode: 0, stdout: 'ECONNREFUSED\n-1\n', stderr: '' });
    expect(await holder).toMatchObject({ exitCode: 0, stdout: 'held\n', stderr: '' });
  } finally {
    await Promise.all([a.release(), b.release()]);
  }
}

const secretive = ['42-secret.sh', '42-secret.py', '42-secret.sh', '42-secret.py', '42-secret.js'];

async function secrets({ client, repetitions }: Scene): Promise<void> {
  const runs = Array.from({ length: repetitions }, async (_, i) => {
    const program = sourceOf(secretive[i % secretive.length] ?? '42-secret.sh');
    const userId = `user-${i % 9}`;
    const { stdout, stderr } = await runExactly(client, { ...program, args: [`${i}`], userId });
    return { i, stdout, stderr };
  });
  const outcomes = await Promise.all(runs);
  expect(outcomes).toEqual(outcomes.map((_, i) => ({ i, stdout: `0\n${i}\n`, stderr: '' })));
}

/** A user who floods the platform with what is hostile, and one who just wants to run something. */
async function together({ client }: Scene): Promise<void> {
  const honest = Array.from({ length: 10 }, (_, i) =>
    runExactly(client, { language: 'shell', code: `echo ${i}`, userId: 'honest' }),
  );
  const hostile = lightPrograms.map((program) =>
    runExactly(client, { ...sourceOf(program.file), ...program.with, userId: 'hostile' }),
  );
  const [said, verdicts] = await Promise.all([
    Promise.all(honest.map(async (run) => (await run).stdout)),
    Promise.all(hostile.map(async (run) => (await run).status)),
  ]);
  expect(said).toEqual(honest.map((_, i) => `${i}\n`));
  expect(verdicts).toEqual(lightPrograms.map(({ status }) => status));
}

/** In the order of the list. */
export const encounters: readonly Encounter[] = [
  { name: '27 a path that leads out', meet: (scene) => refusesPath(scene, '../../etc/x') },
  { name: '28 an absolute path', meet: (scene) => refusesPath(scene, '/etc/x') },
  ...archiveEncounters,
  { name: '33 a huge tree with odd names', meet: huge },
  { name: '34 the network and what listens on this host', meet: network },
  { name: '35 the host and secrets', meet: hostAndSecrets },
  { name: '41 abstract sockets and shared memory', meet: sharedMemory },
  { name: "42 runs that look for each other's secrets", meet: secrets },
  { name: 'all at once, and honest runs between', meet: together },
];
