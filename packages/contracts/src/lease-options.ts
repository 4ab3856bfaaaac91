// What a lease may be asked for beside its template: the same rules where it is admitted and where it
// is made. Every problem at once, by the name that the caller used.
import type { FieldError } from './errors.ts';
import type { ResourceLimits } from './gen/pilotlight/v1/common.ts';
import type { SourceFile } from './gen/pilotlight/v1/execution.ts';
import * as limits from './limits.ts';
import { pathProblem } from './paths.ts';
import type { Template } from './template.ts';
import { type NetworkMode, networkModes } from './vocabulary.ts';

/** The part of an acquire that the sandbox is prepared with. */
export interface LeaseOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly files: readonly SourceFile[];
  /** Empty means the template's. */
  readonly network: string;
  readonly limits?: ResourceLimits | undefined;
}

const variablePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Everything wrong with environment variables, which `field` holds. */
export function envProblems(field: string, env: Readonly<Record<string, string>>): FieldError[] {
  const problems = Object.entries(env).flatMap(([name, value]): FieldError[] => {
    if (!variablePattern.test(name)) {
      const problem = 'must be letters, digits and "_", and not begin with a digit';
      return [{ field: `${field}.${name.slice(0, 64)}`, problem }];
    }
    if (!value.includes('\0')) return [];
    return [{ field: `${field}.${name.slice(0, 64)}`, problem: 'must not contain NUL' }];
  });
  const bytes = Object.entries(env).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value) + 2,
    0,
  );
  if (bytes <= limits.maxEnvBytes) return problems;
  return [...problems, { field, problem: `must be at most ${limits.maxEnvBytes} bytes in all` }];
}

/** Everything wrong with a lease's options. The template decides where there is one. */
export function leaseOptionProblems(asked: LeaseOptions, template?: Template): FieldError[] {
  return [
    ...envProblems('env', asked.env),
    ...fileProblems(asked.files),
    ...networkProblems(asked.network),
    ...limitProblems(asked.limits, template),
  ];
}

/** What a lease may reach: what was asked for, or else what its template says. */
export function networkOf(asked: string, template: Template): NetworkMode {
  return networkModes.find((mode) => mode === asked) ?? template.network;
}

function fileProblems(files: readonly SourceFile[]): FieldError[] {
  const problems: FieldError[] = [];
  if (files.length > limits.maxFiles) {
    problems.push({ field: 'files', problem: `must be at most ${limits.maxFiles}` });
  }
  const bytes = files.reduce((sum, { content }) => sum + content.length, 0);
  if (bytes > limits.maxLeaseFilesBytes) {
    const most = `${limits.maxLeaseFilesBytes >> 20} MiB`;
    problems.push({ field: 'files', problem: `must be at most ${most} in all; use WriteFiles` });
  }
  const paths = new Set(files.map(({ path }) => path));
  const folders = new Set(files.flatMap(({ path }) => ancestorsOf(path)));
  for (const [index, { path }] of files.entries()) {
    const problem =
      pathProblem(path) ??
      (paths.delete(path) ? undefined : 'is given twice') ??
      (folders.has(path) ? 'is a folder of another file' : undefined);
    if (problem !== undefined) problems.push({ field: `files[${index}].path`, problem });
  }
  return problems;
}

function ancestorsOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

function networkProblems(network: string): FieldError[] {
  if (network === '' || networkModes.some((mode) => mode === network)) return [];
  return [{ field: 'network', problem: `must be one of ${networkModes.join(', ')}` }];
}

function limitProblems(
  asked: ResourceLimits | undefined,
  template: Template | undefined,
): FieldError[] {
  const least = template?.limits.min_memory_mb ?? limits.leaseMemoryMb.min;
  const memory = { ...limits.leaseMemoryMb, min: least };
  const checks = [
    ['limits.memory_mb', asked?.memoryMb ?? 0, memory, ' MB'],
    ['limits.cpus', asked?.cpus ?? 0, limits.cpus, ' cores'],
    ['limits.pids', asked?.pids ?? 0, limits.pids, ''],
  ] as const;
  return checks
    .filter(([, value, bounds]) => !limits.withinBounds(value, bounds))
    .map(([field, , bounds, unit]) => ({
      field,
      problem: `must be ${bounds.min} to ${bounds.max}${unit}`,
    }));
}
