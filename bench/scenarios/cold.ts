// What a start costs where there is no stock: from the client's call on an empty pool to the first
// byte that the user's code prints, for each driver that works here.
import type { StartPhases } from '@pilotlight/contracts';
import { findDocker, measureDockerRun } from '../baselines/docker.ts';
import { helloWorld } from '../baselines/interpreter.ts';
import { measureLanguages } from '../languages/measure.ts';
import { type Stack, withStack } from '../stack.ts';
import { percentiles, say } from '../statistics.ts';

const warmUps = 3;
const samples = 20;
/** Each language takes its turn, so this is for every one of them. */
const languageSamples = { stock: 'empty', warmUps: 1, samples: 10 } as const;
const phaseNames = [
  'schedulingMs',
  'imagePullMs',
  'containerCreateMs',
  'processStartMs',
  'appInitMs',
  'totalMs',
] as const satisfies readonly (keyof StartPhases)[];

export async function cold() {
  const drivers =
    findDocker() === undefined ? ['oci' as const] : ['oci' as const, 'docker' as const];
  const measured = [];
  for (const driver of drivers) measured.push(await measure(driver));
  return { drivers: measured, languages: await measureLanguages(languageSamples) };
}

function measure(driver: 'oci' | 'docker') {
  return withStack({ driver, templates: ['python'] }, async (stack) => {
    await stack.setPolicy('python', { minSize: 0, maxSize: 0 });
    const totals: number[] = [];
    const phases: StartPhases[] = [];
    const bare: number[] = [];
    say(`${driver}: ${samples} runs on an empty pool`);
    for (let sample = -warmUps; sample < samples; sample += 1) {
      await stack.poolIsEmpty('python');
      const run = await coldRun(stack);
      const bareMs = await stack.bare.start();
      if (sample < 0) continue;
      totals.push(run.firstByteMs);
      phases.push(run.phases);
      bare.push(bareMs);
    }
    return {
      driver,
      cold_ms: percentiles(totals),
      phases_ms: Object.fromEntries(
        phaseNames.map((name) => [snakeCase(name), percentiles(phases.map((it) => it[name]))]),
      ),
      baseline: {
        docker_run_ms: await measureDockerRun(10),
        bare_interpreter_ms: percentiles(bare),
      },
    };
  });
}

async function coldRun({ pilotlight }: Stack) {
  const startedAt = performance.now();
  let firstByteMs = Number.NaN;
  const run = await pilotlight.run(
    { language: 'python', code: helloWorld, userId: 'bench' },
    { onStdout: () => (firstByteMs = performance.now() - startedAt) },
  );
  const { phases, fromWarmPool } = run.result;
  if (run.status !== 'completed' || fromWarmPool || phases === undefined) {
    throw new Error(`A run was ${run.status}, warm: ${fromWarmPool}. ${run.result.message}`);
  }
  return { firstByteMs, phases };
}

function snakeCase(name: string): string {
  return name.replace(/Ms$/, '').replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
