// What the environment tells of the function and the machine under it.
import { builtin } from '../builtin.ts';

/** The same for every invocation of a process. Members that nobody knows are left out. */
export interface FunctionFacts {
  readonly function_name: string;
  /** `nodejs22.x`, or `v22.1.0` where the runtime has no such name. */
  readonly runtime_version: string;
  readonly architecture?: 'x86_64' | 'arm64';
  readonly region?: string;
  readonly memory_allocated_mb?: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** `contextName` is the name that the invocation's context has, which an emulator may know alone. */
export function functionFacts(
  contextName: string | undefined,
  environment: Environment = process.env,
): FunctionFacts {
  const memory = Number(environment['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']);
  const region = environment['AWS_REGION'] || environment['AWS_DEFAULT_REGION'];
  const architecture = { x64: 'x86_64', arm64: 'arm64' }[process.arch as string];
  return {
    function_name: (
      environment['COLDSTART_FUNCTION_NAME']?.trim() ||
      environment['AWS_LAMBDA_FUNCTION_NAME'] ||
      contextName ||
      programName()
    ).slice(0, 255),
    runtime_version:
      /nodejs[\w.]+/.exec(environment['AWS_EXECUTION_ENV'] ?? '')?.[0] ?? process.version,
    ...(architecture && { architecture: architecture as 'x86_64' | 'arm64' }),
    ...(region && { region: region.slice(0, 50) }),
    ...(Number.isSafeInteger(memory) && memory > 0 && { memory_allocated_mb: memory }),
  };
}

/** Whether Lambda's runtime, or an emulator of it, calls this process. */
export function runsInLambda(environment: Environment = process.env): boolean {
  return environment['AWS_LAMBDA_RUNTIME_API'] !== undefined;
}

/** Found once, because it takes reading files. */
let program: string | undefined;

/** Outside of Lambda: the package that the script belongs to, else the script, else `node`. */
function programName(): string {
  program ??= findProgramName();
  return program;
}

function findProgramName(): string {
  const { basename, dirname, join } = builtin('node:path');
  const script = process.argv[1];
  if (script === undefined) return 'node';
  for (let folder = dirname(script); ; folder = dirname(folder)) {
    try {
      const { name } = JSON.parse(
        builtin('node:fs').readFileSync(join(folder, 'package.json'), 'utf8'),
      ) as { name?: unknown };
      if (typeof name === 'string' && name !== '') return name;
    } catch {
      // No package here: one folder up.
    }
    if (dirname(folder) === folder) return basename(script).replace(/\.[cm]?[jt]s$/, '') || 'node';
  }
}

/**
 * Megabytes that the process had resident at most. From the kernel's own mark, because `maxRSS` of
 * `getrusage` begins with what the parent process used; elsewhere than on Linux, what it has now.
 */
export function memoryUsedMb(): number {
  let bytes: number | undefined;
  try {
    const status = builtin('node:fs').readFileSync('/proc/self/status', 'utf8');
    const mark = /^VmHWM:\s+(\d+) kB/m.exec(status);
    if (mark !== null) bytes = Number(mark[1]) * 1024;
  } catch {
    // Another system.
  }
  return Math.round((bytes ?? process.memoryUsage.rss()) / (1024 * 1024));
}
