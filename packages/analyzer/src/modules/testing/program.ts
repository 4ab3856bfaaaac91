// Programs as trees of files in a temporary folder, run in a process of their own.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ModuleDetail, ModuleReport } from '../report.ts';

/** Source that keeps the processor busy; works in both module systems. */
export const spin = (ms: number): string =>
  `{ const end = performance.now() + ${ms}; while (performance.now() < end); }\n`;

export interface Program {
  readonly folder: string;
  [Symbol.dispose](): void;
}

/** Writes `files`, by their paths. */
export function program(files: Readonly<Record<string, string>>): Program {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'modules-')));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
}

/** Runs a file of the program; `preloads` are files given with --import. */
export function run(
  { folder }: Program,
  main: string,
  preloads: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Outcome {
  const imports = preloads.flatMap((it) => ['--import', pathToFileURL(it).href]);
  const { NODE_OPTIONS: _, NODE_V8_COVERAGE: __, ...inherited } = process.env;
  const { stdout, stderr, status } = spawnSync(process.execPath, [...imports, main], {
    cwd: folder,
    env: { ...inherited, NODE_NO_WARNINGS: '1', ...env },
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { stdout, stderr, status };
}

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
/** Preloads that record from the start. */
export const register = file('../../register.ts');

export interface Recorded extends Outcome, ModuleReport {
  detail(module: string): ModuleDetail | undefined;
}

/** Runs it under the register entry; what the program printed comes before the report. */
export function record(it: Program, main: string, env: NodeJS.ProcessEnv = {}): Recorded {
  const outcome = run(it, main, [register, file('./report-at-exit.mjs')], env);
  const at = outcome.stdout.lastIndexOf('\n{"timings"');
  if (at < 0) throw new Error(`no report: ${outcome.stderr}`);
  const report = JSON.parse(outcome.stdout.slice(at)) as ModuleReport;
  return {
    ...outcome,
    ...report,
    stdout: outcome.stdout.slice(0, at),
    detail: (module) => report.details.find((detail) => detail.module === module),
  };
}
