// What the same work costs with the docker command, where an engine answers and the images are
// built (`npm run images`).
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { type Percentiles, percentiles, say, timed } from '../statistics.ts';
import { helloWorld } from './interpreter.ts';

const image = 'pilotlight/python';
const hello = ['python3', '-I', '-c', helloWorld];
/** The image's own init and runner would only wait for a job. */
const plain = ['--rm', '--network', 'none', '--entrypoint', ''];

/** The engine's address, or undefined where nothing can be measured; says why. */
export function findDocker(): string | undefined {
  const script = new URL('../../setup/docker-engine.mjs', import.meta.url).pathname;
  const { stdout } = spawnSync(process.execPath, [script, '--json']);
  const found: { host: string | null } = JSON.parse(stdout.toString());
  if (found.host === null) say('No Docker engine answers: no figures of Docker.');
  return found.host ?? undefined;
}

/** `docker run` of the hello world, from the command's start to its end. */
export async function measureDockerRun(samples: number): Promise<Percentiles | null> {
  const host = findDocker();
  if (host === undefined) return null;
  return measure(samples, () => docker(host, ['run', ...plain, image, ...hello]));
}

/** `docker exec` of the hello world in a container that is running already. */
export async function measureDockerExec(samples: number): Promise<Percentiles | null> {
  const host = findDocker();
  if (host === undefined) return null;
  const container = execFileSync('docker', ['run', '-d', ...plain, image, 'sleep', '600'], {
    env: { ...process.env, DOCKER_HOST: host },
  });
  const id = container.toString().trim();
  try {
    return await measure(samples, () => docker(host, ['exec', id, ...hello]));
  } finally {
    await docker(host, ['rm', '--force', id]);
  }
}

async function measure(samples: number, task: () => Promise<void>): Promise<Percentiles> {
  await task();
  const measured: number[] = [];
  for (let sample = 0; sample < samples; sample += 1) measured.push(await timed(task));
  return percentiles(measured);
}

function docker(host: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('docker', args, {
      env: { ...process.env, DOCKER_HOST: host },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`docker ${args[0]} ended with ${code}`)),
    );
  });
}
