// The request that the options and files of `pilotlight run` stand for.
import { randomUUID } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename, posix } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { RunRequest } from '@pilotlight/client';
import { PlatformError, type Priority } from '@pilotlight/contracts';
import { chooseEntry, languageOf } from './language.ts';
import type { CommonOptions } from './session.ts';
import { readSources } from './source-files.ts';

export interface RunOptions extends CommonOptions {
  readonly language?: string;
  readonly entry?: string;
  readonly stdin?: string;
  readonly interactive?: boolean;
  readonly arg?: string[];
  readonly priority?: Priority;
  readonly timeout?: number;
  readonly memory?: number;
  readonly compileTimeout?: number;
  readonly compileMemory?: number;
  readonly version?: string;
  readonly user: string;
  readonly detach?: boolean;
}

/** Reads what it needs. Rejects with `not_found` or `invalid_argument` and what to do about it. */
export async function requestOf(
  names: readonly string[],
  options: RunOptions,
): Promise<RunRequest & { readonly id: string }> {
  if (names.includes('-') && options.stdin === '-') {
    throw refused('Standard input is the program already. Give --stdin a file.');
  }
  checkInteractive(names, options);
  const { stdin, arg, priority, timeout, memory, compileTimeout, compileMemory, version } = options;
  return {
    id: randomUUID(),
    userId: options.user,
    ...(await programOf(names, options)),
    ...(stdin !== undefined && { stdin: await contentOf(stdin) }),
    ...(options.interactive && { interactive: true }),
    ...(arg && { args: arg }),
    ...(priority && { priority }),
    ...(timeout !== undefined && { timeoutSeconds: timeout }),
    ...(memory !== undefined && { memoryMb: memory }),
    ...(compileTimeout !== undefined && { compileTimeoutSeconds: compileTimeout }),
    ...(compileMemory !== undefined && { compileMemoryMb: compileMemory }),
    ...(version !== undefined && { version }),
  };
}

/** Standard input is one thing only. */
function checkInteractive(names: readonly string[], options: RunOptions): void {
  if (options.interactive !== true) return;
  if (names.includes('-')) {
    throw refused('Standard input is the program already. Give --interactive a file to run.');
  }
  if (options.stdin === '-')
    throw refused('--interactive passes standard input on: leave --stdin.');
  if (options.detach) throw refused('Nobody would talk to it: leave --detach or --interactive.');
}

type Program = Pick<RunRequest, 'language' | 'code' | 'files'>;

/** One file is sent as code: the platform names it as the language wants it. */
async function programOf(names: readonly string[], options: RunOptions): Promise<Program> {
  const [only = '', ...others] = names;
  if (others.length > 0 && names.includes('-')) {
    throw refused('Standard input is one program. Name files instead to send several.');
  }
  if (others.length > 0 || (await isFolder(only))) return filesOf(names, options);
  const language = options.language ?? languageOf(only);
  if (language !== undefined) return { language, code: await contentOf(only) };
  const which = only === '-' ? 'code from standard input' : basename(only);
  throw refused(`The language of ${which} is not known. Name it with --language.`);
}

async function filesOf(names: readonly string[], options: RunOptions): Promise<Program> {
  const { files, first } = await readSources(names);
  const paths = files.map(({ path }) => path);
  const entryOption = options.entry === undefined ? first : posix.normalize(options.entry);
  const chosen = chooseEntry(paths, { entry: entryOption, language: options.language });
  const isEntry = ({ path }: { readonly path: string }) => path === chosen.entry;
  return {
    language: chosen.language,
    files: [...files.filter(isEntry), ...files.filter((file) => !isEntry(file))],
  };
}

async function isFolder(name: string): Promise<boolean> {
  if (name === '-') return false;
  return stat(name).then(
    (info) => info.isDirectory(),
    // What is not there is told when it is read.
    () => false,
  );
}

async function contentOf(file: string): Promise<Uint8Array> {
  if (file === '-') return buffer(process.stdin);
  try {
    return await readFile(file);
  } catch (error) {
    const { message } = error as NodeJS.ErrnoException;
    throw new PlatformError('not_found', `${file} cannot be read: ${message}`, { cause: error });
  }
}

function refused(message: string): PlatformError {
  return new PlatformError('invalid_argument', message);
}
