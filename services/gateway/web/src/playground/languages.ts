// What the editor knows of each language. Which of them can be run, and in which versions, the gateway says.
import type { Extension } from '@codemirror/state';

export interface Language {
  readonly name: string;
  readonly label: string;
  /** Of the file that is run. */
  readonly mainFile: string;
  readonly extension: string;
  /** Highlighting and indentation; fetched when first needed. */
  readonly load: () => Promise<Extension>;
}

/** In the order of the menu. */
export const knownLanguages: readonly Language[] = [
  {
    name: 'python',
    label: 'Python',
    mainFile: 'main.py',
    extension: 'py',
    load: async () => (await import('@codemirror/lang-python')).python(),
  },
  {
    name: 'javascript',
    label: 'JavaScript',
    mainFile: 'index.js',
    extension: 'js',
    load: async () => (await import('@codemirror/lang-javascript')).javascript(),
  },
  {
    name: 'java',
    label: 'Java',
    mainFile: 'Main.java',
    extension: 'java',
    load: async () => (await import('@codemirror/lang-java')).java(),
  },
  {
    name: 'go',
    label: 'Go',
    mainFile: 'main.go',
    extension: 'go',
    load: async () => (await import('@codemirror/lang-go')).go(),
  },
  {
    name: 'cpp',
    label: 'C++',
    mainFile: 'main.cpp',
    extension: 'cpp',
    load: async () => (await import('@codemirror/lang-cpp')).cpp(),
  },
  {
    name: 'rust',
    label: 'Rust',
    mainFile: 'main.rs',
    extension: 'rs',
    load: async () => (await import('@codemirror/lang-rust')).rust(),
  },
];

/** Of a language that the editor does not know, plain text. */
export function languageOf(name: string): Language {
  const known = knownLanguages.find((language) => language.name === name);
  return known ?? { ...plainText, name, label: name };
}

/** By the file's ending; undefined for plain text. */
export function languageOfFile(path: string): Language | undefined {
  const ending = path.slice(path.lastIndexOf('.') + 1).toLowerCase();
  return knownLanguages.find((language) => (aliases[ending] ?? ending) === language.extension);
}

const plainText: Language = {
  name: 'text',
  label: 'Text',
  mainFile: 'main',
  extension: 'txt',
  load: async () => [],
};

const aliases: Readonly<Record<string, string>> = {
  mjs: 'js',
  cjs: 'js',
  cc: 'cpp',
  cxx: 'cpp',
  h: 'cpp',
  hpp: 'cpp',
};
