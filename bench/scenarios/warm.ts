// How long a user waits for a sandbox and for a run when the pool has stock: always, because each
// sample waits until the pool is whole again.
import { measureDockerExec } from '../baselines/docker.ts';
import { measureGrpcEcho } from '../baselines/grpc-echo.ts';
import { helloWorld } from '../baselines/interpreter.ts';
import { createRunner } from '../runs.ts';
import { type Stack, withStack } from '../stack.ts';
import { percentiles, say } from '../statistics.ts';

const warmUps = 10;
const samples = 100;

/** The baseline's samples are taken between the others, so that a noisy machine is noisy to all. */
export async function warm() {
  return withStack({}, async (stack) => {
    const ended = new AbortController();
    const runner = createRunner(stack.bus, ended.signal);
    const acquires: number[] = [];
    const firstBytes: number[] = [];
    const runs: number[] = [];
    const bare: number[] = [];
    say(`Pacing ${samples} acquires and ${samples} runs: each waits for a whole pool.`);
    for (let sample = -warmUps; sample < samples; sample += 1) {
      await stack.poolIsFull('python');
      const acquireMs = await acquire(stack);
      await stack.poolIsFull('python');
      const run = await runner.run(helloWorld);
      if (run.result.status !== 'completed' || !run.result.fromWarmPool) {
        throw new Error(`A run was ${run.result.status} and not warm: ${run.result.message}`);
      }
      await stack.poolIsFull('python');
      const bareMs = await stack.bare.start();
      if (sample < 0) continue;
      acquires.push(acquireMs);
      firstBytes.push(run.firstByteMs);
      runs.push(run.runMs);
      bare.push(bareMs);
      if (sample % 25 === 24) say(`  ${sample + 1} of ${samples}`);
    }
    ended.abort();
    say('Measuring the baselines …');
    return {
      acquire_ms: percentiles(acquires),
      first_byte_ms: percentiles(firstBytes),
      run_ms: percentiles(runs),
      samples,
      paced: true,
      baseline: {
        bare_interpreter_ms: percentiles(bare),
        grpc_echo_ms: await measureGrpcEcho(1_000),
        docker_exec_ms: await measureDockerExec(10),
      },
    };
  });
}

async function acquire({ pilotlight }: Stack): Promise<number> {
  const startedAt = performance.now();
  const sandbox = await pilotlight.acquire({ template: 'python', userId: 'bench' });
  const acquireMs = performance.now() - startedAt;
  if (!sandbox.lease.fromWarmPool) throw new Error('An acquire found no stock: the pacing failed.');
  await sandbox.release();
  return acquireMs;
}
