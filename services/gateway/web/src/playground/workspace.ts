// What is open in the editor, and what of it is remembered on this machine.
import { computed, effect, signal } from '@preact/signals';
import { recall, remember } from '../session/storage.ts';
import { examplesOf } from './examples/index.ts';
import { languageOf } from './languages.ts';
import { type Project, projectFrom } from './project.ts';

/** A file that keeps its identity when it is renamed. */
export interface OpenFile {
  readonly id: number;
  readonly path: string;
  readonly content: string;
}

let lastId = 0;

export const language = signal('python');
/** Never empty; the first is run. */
export const files = signal<readonly OpenFile[]>([]);
export const activeId = signal(0);
export const stdin = signal('');
export const args = signal('');

/** What is run, shared and remembered. */
export const project = computed<Project>(() => ({
  language: language.value,
  files: files.value.map(({ path, content }) => ({ path, content })),
  stdin: stdin.value,
  args: args.value,
}));

export function openProject(opened: Project): void {
  const fresh = opened.files.map((file) => ({ ...file, id: ++lastId }));
  language.value = opened.language;
  files.value = fresh;
  activeId.value = fresh[0]?.id ?? 0;
  stdin.value = opened.stdin;
  args.value = opened.args;
}

/** Goes on where somebody stopped in this language, else with its first example. */
export function openLanguage(name: string): void {
  const draft = drafts()[name];
  const first = examplesOf(name)[0]?.project;
  openProject(draft ?? first ?? emptyProject(name));
}

/** The language and draft of last time. */
export function openLast(): void {
  openLanguage(recall('local', 'language') ?? 'python');
}

/**
 * Remembers every change from now on, a second after it. What was opened by a link or a menu is not
 * somebody's own before it is changed, so it replaces no draft until then.
 */
export function rememberChanges(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let opened: Project | undefined;
  let openedId: number | undefined;
  const save = () => {
    clearTimeout(timer);
    timer = undefined;
    const current = project.peek();
    remember('local', 'drafts', JSON.stringify({ ...drafts(), [current.language]: current }));
  };
  addEventListener('pagehide', () => timer !== undefined && save());
  return effect(() => {
    const current = project.value;
    remember('local', 'language', current.language);
    const firstId = files.value[0]?.id;
    if (firstId !== openedId) {
      openedId = firstId;
      opened = current;
      return;
    }
    if (current === opened) return;
    clearTimeout(timer);
    timer = setTimeout(save, 1_000);
  });
}

export function edit(id: number, content: string): void {
  files.value = files.value.map((file) => (file.id === id ? { ...file, content } : file));
}

export function rename(id: number, path: string): void {
  files.value = files.value.map((file) => (file.id === id ? { ...file, path } : file));
}

/** Under a name that is free; answers its id. */
export function addFile(): number {
  const { extension } = languageOf(language.peek());
  const taken = new Set(files.peek().map(({ path }) => path));
  let number = files.peek().length + 1;
  while (taken.has(`file${number}.${extension}`)) number += 1;
  const file = { id: ++lastId, path: `file${number}.${extension}`, content: '' };
  files.value = [...files.value, file];
  activeId.value = file.id;
  return file.id;
}

/** The last one stays. */
export function deleteFile(id: number): void {
  const rest = files.value.filter((file) => file.id !== id);
  const [first] = rest;
  if (first === undefined) return;
  const at = files.value.findIndex((file) => file.id === id);
  if (activeId.value === id) activeId.value = (rest[Math.max(0, at - 1)] ?? first).id;
  files.value = rest;
}

function emptyProject(name: string): Project {
  const { mainFile } = languageOf(name);
  return { language: name, files: [{ path: mainFile, content: '' }], stdin: '', args: '' };
}

function drafts(): Record<string, Project> {
  try {
    const stored: unknown = JSON.parse(recall('local', 'drafts') ?? '{}');
    const entries = Object.entries(stored as object).flatMap(([name, value]) => {
      const draft = projectFrom(value);
      return draft?.language === name ? [[name, draft] as const] : [];
    });
    return Object.fromEntries(entries);
  } catch {
    return {};
  }
}
