// What is edited and run: files, input and arguments.

export interface SourceFile {
  readonly path: string;
  readonly content: string;
}

export interface Project {
  readonly language: string;
  /** Never empty; the first is run. */
  readonly files: readonly SourceFile[];
  readonly stdin: string;
  /** As typed: words with blanks between, quotes around what has blanks in it. */
  readonly args: string;
}

/** Undefined where `value` is no project, such as in a link that was cut. */
export function projectFrom(value: unknown): Project | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { language, files, stdin = '', args = '' } = value as Record<string, unknown>;
  if (typeof language !== 'string' || typeof stdin !== 'string' || typeof args !== 'string') {
    return undefined;
  }
  if (!Array.isArray(files) || files.length === 0 || !files.every(isSourceFile)) return undefined;
  const plain = files.map(({ path, content }) => ({ path, content }));
  return { language, files: plain, stdin, args };
}

function isSourceFile(value: unknown): value is SourceFile {
  if (typeof value !== 'object' || value === null) return false;
  const { path, content } = value as Record<string, unknown>;
  return typeof path === 'string' && typeof content === 'string';
}

/** Why a file cannot be called that, for people; undefined where it can. */
export function problemWithPath(path: string, others: readonly string[]): string | undefined {
  if (path === '') return 'A file needs a name.';
  if (others.includes(path)) return 'There is a file of that name already.';
  const parts = path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..')) {
    return 'Use a relative path without “.” or “..”.';
  }
  return undefined;
}

/** `a "b c" 'd'` as three arguments. A quote that is never closed reaches to the end. */
export function splitArgs(text: string): string[] {
  const found = text.matchAll(/(?:"((?:\\.|[^"\\])*)"?|'([^']*)'?|\\(.)|[^\s"'\\])+/gs);
  return [...found].map(([word]) =>
    word.replace(
      /"((?:\\.|[^"\\])*)"?|'([^']*)'?|\\(.)/gs,
      (_all, double?: string, single?: string, escaped?: string) =>
        escaped ?? single ?? (double ?? '').replaceAll(/\\(["\\])/g, '$1'),
    ),
  );
}
