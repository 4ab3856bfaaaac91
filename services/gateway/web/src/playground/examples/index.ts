// Programs to begin with: each a folder <language>/<example> beside this file.
import { languageOf } from '../languages.ts';
import type { Project } from '../project.ts';

export interface Example {
  readonly name: string;
  readonly title: string;
  /** It asks while it runs. */
  readonly isInteractive: boolean;
  readonly project: Project;
}

const sources = import.meta.glob<string>('./*/*/**', {
  query: '?raw',
  import: 'default',
  eager: true,
});

/** In the order of the menu. */
const titles = [
  { name: 'hello', title: 'Hello' },
  { name: 'input', title: 'Input and arguments', stdin: 'Ada\nGrace\n', args: '"Good morning"' },
  { name: 'files', title: 'Several files' },
  { name: 'stream', title: 'Output as it comes' },
  { name: 'talk', title: 'Guess a number (interactive)' },
  { name: 'loop', title: 'Endless loop' },
];

/** Of one language; none where it is not known here. */
export function examplesOf(language: string): readonly Example[] {
  return titles.flatMap(({ name, title, stdin = '', args = '' }) => {
    const files = filesOf(`./${language}/${name}/`, languageOf(language).mainFile);
    if (files.length === 0) return [];
    const isInteractive = name === 'talk';
    return [{ name, title, isInteractive, project: { language, files, stdin, args } }];
  });
}

/** The main file first. */
function filesOf(folder: string, mainFile: string): Project['files'] {
  const found = Object.entries(sources).filter(([path]) => path.startsWith(folder));
  return found
    .map(([path, content]) => ({ path: path.slice(folder.length), content }))
    .toSorted((a, b) => Number(b.path === mainFile) - Number(a.path === mainFile));
}
