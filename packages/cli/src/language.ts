// The language of a program by the names of its files, and which of them is run.
import { extname } from 'node:path';
import { PlatformError } from '@pilotlight/contracts';

const byExtension: Readonly<Record<string, string>> = {
  '.py': 'python',
  '.js': 'javascript',
  '.mjs': 'javascript',
  '.cjs': 'javascript',
  '.sh': 'shell',
  '.java': 'java',
  '.go': 'go',
  '.cpp': 'cpp',
  '.cc': 'cpp',
  '.cxx': 'cpp',
  '.rs': 'rust',
};

/** What programs of several files begin with, as the language's own tools have it. */
const usualEntries = [
  ...['main.py', '__main__.py', 'main.js', 'index.js', 'main.mjs', 'index.mjs', 'main.cjs'],
  ...['index.cjs', 'Main.java', 'main.go', 'main.cpp', 'main.cc', 'main.cxx', 'main.rs'],
  ...['src/main.rs', 'main.sh'],
];

/** Undefined for a name that says nothing. */
export function languageOf(file: string): string | undefined {
  return byExtension[extname(file).toLowerCase()];
}

export interface Chosen {
  readonly entry: string;
  readonly language: string;
}

/**
 * Which of several files is run, and in what language: what the caller says, else the one with the
 * usual name. `language` may be an alias or a template's name, which tells nothing about file names.
 */
export function chooseEntry(
  paths: readonly string[],
  said: { readonly entry?: string | undefined; readonly language?: string | undefined },
): Chosen {
  const entry = said.entry ?? usualEntry(paths, said.language);
  if (!paths.includes(entry)) throw refused(`There is no ${entry} among the files.`);
  const language = said.language ?? languageOf(entry);
  if (language === undefined) {
    throw refused(`The language of ${entry} is not known. Name it with --language.`);
  }
  return { entry, language };
}

function usualEntry(paths: readonly string[], language: string | undefined): string {
  const usual = usualEntries.filter((name) => paths.includes(name));
  const isKnown = Object.values(byExtension).some((known) => known === language);
  const fitting = isKnown ? usual.filter((name) => languageOf(name) === language) : usual;
  const [first] = fitting;
  const isClear = new Set(fitting.map(languageOf)).size === 1;
  if (first !== undefined && isClear) return first;
  const own = isKnown ? usualEntries.filter((name) => languageOf(name) === language) : [];
  const examples = own.length > 0 ? own.join(', ') : 'main.py, index.js, Main.java, …';
  const problem =
    first === undefined
      ? `No file has a usual name (${examples})`
      : `Each of ${fitting.join(', ')} could be run`;
  throw refused(`${problem}. Say with --entry which one is.`);
}

function refused(message: string): PlatformError {
  return new PlatformError('invalid_argument', message);
}
