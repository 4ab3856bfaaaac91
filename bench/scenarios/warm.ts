// How long a user waits for a sandbox and for a run when the pool has stock.
import { measureDockerExec } from '../baselines/docker.ts';
import { helloWorld } from '../baselines/interpreter.ts';
import { measureLanguages } from '../languages/measure.ts';
import { createRunner, type Runner, type TimedRun } from '../runs.ts';
import { pause, type Stack, withStack } from '../stack.ts';
import { percentiles, say } from '../statistics.ts';

/** So many sandboxes are kept warm, and so many samples are taken from a full pool. */
const stock = 20;
const block = 10;
const blocks = 10;
const warmUpBlocks = 10;
const gapMs = 5;
const languageSamples = { stock: 'full', warmUps: 2, samples: 20 } as const;

/** Kinds of samples take turns in blocks, so that a noisy machine is noisy to all of them. */
export async function warm() {
  const python = await measurePython();
  return { ...python, languages: await measureLanguages(languageSamples) };
}

function measurePython() {
  return withStack({ templates: ['python'] }, async (stack) => {
    const ended = new AbortController();
    const runner = createRunner(stack.bus, ended.signal);
    await stack.setPolicy('python', { minSize: stock, maxSize: stock });
    const acquires: number[] = [];
    const firstBytes: number[] = [];
    const runs: number[] = [];
    const bare: number[] = [];
    const echoes: number[] = [];
    say(
      `Pacing: ${block} at a time from a full pool of ${stock}, ${gapMs} ms apart; stock never runs out.`,
    );
    for (let turn = -warmUpBlocks; turn < blocks; turn += 1) {
      const acquireMs = await sample(stack, () => acquire(stack));
      const timedRuns = await sample(stack, () => run(runner));
      const bareMs = await sample(stack, () => stack.bare.start());
      const echoMs = await sample(stack, () => stack.echo.call());
      if (turn < 0) continue;
      acquires.push(...acquireMs);
      firstBytes.push(...timedRuns.map((it) => it.firstByteMs));
      runs.push(...timedRuns.map((it) => it.runMs));
      bare.push(...bareMs);
      echoes.push(...echoMs);
      say(`  ${(turn + 1) * block} of ${blocks * block}`);
    }
    ended.abort();
    say('Measuring docker exec …');
    return {
      acquire_ms: percentiles(acquires),
      first_byte_ms: percentiles(firstBytes),
      run_ms: percentiles(runs),
      samples: blocks * block,
      pacing: `${block} at a time from a full pool of ${stock}, ${gapMs} ms apart`,
      baseline: {
        bare_interpreter_ms: percentiles(bare),
        grpc_echo_ms: percentiles(echoes),
        docker_exec_ms: await measureDockerExec(10),
      },
    };
  });
}

/** One block, when the refill of the one before it is over. */
async function sample<T>(stack: Stack, task: () => Promise<T>): Promise<T[]> {
  await stack.atRest('python');
  const taken: T[] = [];
  for (let count = 0; count < block; count += 1) {
    await pause(gapMs);
    taken.push(await task());
  }
  return taken;
}

async function run(runner: Runner): Promise<TimedRun> {
  const timedRun = await runner.run(helloWorld);
  const { fromWarmPool, message, status } = timedRun.result;
  if (status === 'completed' && fromWarmPool) return timedRun;
  throw new Error(`A run was ${status} and warm: ${fromWarmPool}. ${message}`);
}

async function acquire({ pilotlight }: Stack): Promise<number> {
  const startedAt = performance.now();
  const sandbox = await pilotlight.acquire({ template: 'python', userId: 'bench' });
  const acquireMs = performance.now() - startedAt;
  if (!sandbox.lease.fromWarmPool) throw new Error('An acquire found no stock: the pacing failed.');
  await sandbox.release();
  return acquireMs;
}
