// Runs the hello world of every language in turns, so that a noisy machine is noisy to all of them,
// and tells compile stage and program apart.
import { findDocker } from '../baselines/docker.ts';
import { type Stack, withStack } from '../stack.ts';
import { type Percentiles, percentiles, say } from '../statistics.ts';
import { type LanguageProgram, languagePrograms } from './programs.ts';

/** Figures of one language with one driver, from the client's call on. */
export interface LanguageFigures {
  readonly driver: string;
  readonly language: string;
  readonly version: string;
  readonly samples: number;
  /** To the first byte that the program wrote, or, without stock, from an empty pool. */
  readonly first_byte_ms: Percentiles;
  /** To the result. */
  readonly run_ms: Percentiles;
  /** What the result says of the compile stage; null for languages without one. */
  readonly compile_ms: Percentiles | null;
  /** First byte without the compile stage. */
  readonly without_compile_ms: Percentiles;
}

/** What a template that cannot work on this machine says of it. */
export interface MissingLanguage {
  readonly driver: string;
  readonly language: string;
  readonly problem: string;
}

export interface MeasureOptions {
  readonly stock: 'empty' | 'full';
  readonly warmUps: number;
  readonly samples: number;
}

/** Warm sandboxes of each language, where there is stock: a sample takes one. */
const stockSize = 2;

/** Every language with every driver that works here, one platform after the other. */
export async function measureLanguages(options: MeasureOptions) {
  const drivers =
    findDocker() === undefined ? ['oci' as const] : ['oci' as const, 'docker' as const];
  const figures: LanguageFigures[] = [];
  const missing: MissingLanguage[] = [];
  for (const driver of drivers) {
    const templates = languagePrograms.map(({ language }) => language);
    await withStack({ driver, templates }, async (stack) => {
      const able = await usable(stack, driver, missing);
      figures.push(...(await measureWith(stack, driver, able, options)));
    });
  }
  return { figures, missing };
}

interface Sample {
  readonly firstByteMs: number;
  readonly runMs: number;
  readonly compileMs: number | undefined;
  readonly version: string;
}

async function measureWith(
  stack: Stack,
  driver: string,
  programs: readonly LanguageProgram[],
  { stock, warmUps, samples }: MeasureOptions,
): Promise<LanguageFigures[]> {
  const size = stock === 'full' ? stockSize : 0;
  for (const { language } of programs) {
    await stack.setPolicy(language, { minSize: size, maxSize: size });
  }
  const taken = new Map(programs.map(({ language }) => [language, [] as Sample[]]));
  say(`${driver}: ${samples} runs of each language, pools ${stock}`);
  for (let turn = -warmUps; turn < samples; turn += 1) {
    for (const program of programs) {
      if (stock === 'full') await stack.atRest(program.language);
      else await stack.poolIsEmpty(program.language);
      const sample = await run(stack, program, stock === 'full');
      if (turn >= 0) taken.get(program.language)?.push(sample);
    }
  }
  return programs.map(({ language }) => figuresOf(driver, language, taken.get(language) ?? []));
}

function figuresOf(driver: string, language: string, samples: readonly Sample[]): LanguageFigures {
  const compiles = samples.flatMap(({ compileMs }) => compileMs ?? []);
  return {
    ...{ driver, language, version: samples[0]?.version ?? '', samples: samples.length },
    first_byte_ms: percentiles(samples.map(({ firstByteMs }) => firstByteMs)),
    run_ms: percentiles(samples.map(({ runMs }) => runMs)),
    compile_ms: compiles.length === 0 ? null : percentiles(compiles),
    without_compile_ms: percentiles(
      samples.map(({ firstByteMs, compileMs }) => firstByteMs - (compileMs ?? 0)),
    ),
  };
}

/** Leaves out, by name and with the reason, what the node cannot prepare. */
async function usable(
  stack: Stack,
  driver: string,
  missing: MissingLanguage[],
): Promise<LanguageProgram[]> {
  const able: LanguageProgram[] = [];
  for (const program of languagePrograms) {
    const problem = await stack.prepared(program.language);
    if (problem === undefined) able.push(program);
    else missing.push({ driver, language: program.language, problem });
  }
  return able;
}

async function run(
  { pilotlight }: Stack,
  { language, code }: LanguageProgram,
  isWarm: boolean,
): Promise<Sample> {
  const startedAt = performance.now();
  let firstByteMs = Number.NaN;
  const outcome = await pilotlight.run(
    { language, code, userId: 'bench' },
    {
      onStdout: () => {
        if (Number.isNaN(firstByteMs)) firstByteMs = performance.now() - startedAt;
      },
    },
  );
  const runMs = performance.now() - startedAt;
  const { compile, fromWarmPool, message, version } = outcome.result;
  if (outcome.status !== 'completed' || fromWarmPool !== isWarm) {
    throw new Error(`${language}: ${outcome.status}, warm: ${fromWarmPool}. ${message}`);
  }
  return { firstByteMs, runMs, compileMs: compile?.executionTimeMs, version };
}
