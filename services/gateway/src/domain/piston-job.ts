// Piston's requests (its API v2) in our words. Pure. What is wrong is told in Piston's own sentences, which
// its clients look for.
import { limits, type SubmitRequest, type Template, type TextFile } from '@pilotlight/contracts';

/** A language in one version. */
export interface Runtime {
  readonly language: string;
  readonly version: string;
  readonly template: Template;
}

/** For a language whose toolchain does not tell its version: every selector that takes any takes it. */
export const unknownVersion = '0.0.0';

/** What Piston calls our languages beside the names that we know them by. */
const pistonNames: Readonly<Record<string, readonly string[]>> = {
  cpp: ['c++', 'g++'],
  javascript: ['node-javascript', 'node-js'],
};

/** Every name of a runtime's language but its own. */
export function aliasesOf({ language, template }: Runtime): readonly string[] {
  return [...template.aliases, ...(pistonNames[language] ?? [])];
}

/** The most that somebody may ask for; seconds and MB. */
export interface JobCeilings {
  readonly timeout: number;
  readonly memoryLimit: number;
}

export type PistonJob = Pick<
  SubmitRequest,
  | 'language'
  | 'version'
  | 'files'
  | 'stdin'
  | 'args'
  | 'timeout'
  | 'memoryLimit'
  | 'compileTimeout'
  | 'compileMemoryLimit'
>;

/** A refusal in Piston's words. */
export class PistonRefusal extends Error {}

export interface WantedRuntime {
  readonly language: string;
  /** A semver selector. */
  readonly version: string;
}

type Body = Readonly<Record<string, unknown>>;

const mebibyte = 1024 * 1024;
const encodings = ['utf8', 'base64', 'hex'] as const;

/** Throws `PistonRefusal`. Fields that it does not know are ignored, as Piston does. */
export function wantedRuntime({ language, version, files }: Body): WantedRuntime {
  if (!isText(language)) throw new PistonRefusal('language is required as a string');
  if (!isText(version)) throw new PistonRefusal('version is required as a string');
  if (!Array.isArray(files)) throw new PistonRefusal('files is required as an array');
  for (const [index, file] of files.entries()) {
    if (typeof (file as Body | null)?.['content'] !== 'string') {
      throw new PistonRefusal(`files[${index}].content is required as a string`);
    }
  }
  return { language, version };
}

/** Throws `PistonRefusal`. The body has passed `wantedRuntime`. */
export function pistonJob(
  body: Body,
  { language, version, template }: Runtime,
  ceilings: JobCeilings,
): PistonJob {
  const { stdin, args } = body;
  const run = { time: ceilings.timeout * 1_000, memory: ceilings.memoryLimit * mebibyte };
  const compile = {
    time: limits.compileTimeoutSeconds.max * 1_000,
    memory: limits.compileMemoryMb.max * mebibyte,
  };
  limitOf(body, 'run_cpu_time', run.time);
  limitOf(body, 'compile_cpu_time', compile.time);
  return {
    language,
    version: version === unknownVersion ? '' : version,
    files: filesOf(body['files'] as readonly Body[], template),
    stdin: typeof stdin === 'string' ? stdin : '',
    args: Array.isArray(args) ? args.map(String) : [],
    timeout: secondsOf(limitOf(body, 'run_timeout', run.time)),
    memoryLimit: megabytesOf(limitOf(body, 'run_memory_limit', run.memory), template),
    compileTimeout: secondsOf(limitOf(body, 'compile_timeout', compile.time)),
    compileMemoryLimit: megabytesOf(
      limitOf(body, 'compile_memory_limit', compile.memory),
      template,
    ),
  };
}

/** 0 where the server's own holds: it was left out, or is -1. */
function limitOf(body: Body, name: string, most: number): number {
  const value = body[name];
  if (value === undefined || value === null || value === 0 || value === -1) return 0;
  if (typeof value !== 'number') throw new PistonRefusal(`If specified, ${name} must be a number`);
  if (value > most) {
    throw new PistonRefusal(`${name} cannot exceed the configured limit of ${most}`);
  }
  if (!(value > 0)) throw new PistonRefusal(`${name} must be non-negative`);
  return value;
}

/** Ours are whole seconds, at least one. */
function secondsOf(milliseconds: number): number {
  return Math.ceil(milliseconds / 1_000);
}

/** Less than the language needs to start would only fail. */
function megabytesOf(bytes: number, template: Template): number {
  return bytes === 0 ? 0 : Math.max(template.limits.min_memory_mb, Math.floor(bytes / mebibyte));
}

/** The first text is what is run; Piston wants at least one. */
function filesOf(given: readonly Body[], template: Template): TextFile[] {
  const files = given.map((file, index) => fileOf(file, index));
  const main = files.findIndex((_, index) => encodingOf(given[index] ?? {}) === 'utf8');
  const first = files[main];
  if (first === undefined) {
    throw new PistonRefusal('files must include at least one utf8 encoded file');
  }
  const rest = files.filter((file) => file !== first);
  return [{ ...first, path: entryPath(first.path, template) }, ...rest];
}

function fileOf(file: Body, index: number): TextFile {
  const content = file['content'] as string;
  const path = isText(file['name']) ? file['name'] : `file${index}.code`;
  switch (encodingOf(file)) {
    case 'utf8':
      return { path, content, encoding: 'utf8' };
    case 'base64':
      return { path, content, encoding: 'base64' };
    case 'hex':
      return { path, content: Buffer.from(content, 'hex').toString('base64'), encoding: 'base64' };
  }
}

/** What it does not know is text. */
function encodingOf({ encoding }: Body): (typeof encodings)[number] {
  return encodings.find((known) => known === encoding) ?? 'utf8';
}

/** Compilers go by the ending: a file without a name, or with another ending, gets one that they know. */
function entryPath(path: string, { compile, entry = 'main' }: Template): string {
  if (/^file\d+\.code$/.test(path)) return entry;
  const ending = entry.slice(entry.lastIndexOf('.'));
  return compile === undefined || path.includes('.') ? path : `${path}${ending}`;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
