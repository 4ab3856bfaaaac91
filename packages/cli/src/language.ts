// The language of a file by its name.
import { extname } from 'node:path';

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

/** Undefined for a name that says nothing. */
export function languageOf(file: string): string | undefined {
  return byExtension[extname(file).toLowerCase()];
}
