// The templates as they lie in their folders, checked all together before any is used.
import {
  type FieldError,
  type PoolPolicy,
  pathProblem,
  type Template,
  type TemplateFile,
  templateSchema,
} from '@pilotlight/contracts';
import { type Profile, policyFromFile, policyProblems } from './pool-policy.ts';

/** A folder below templates/ that has a template.yaml. */
export interface TemplateFolder {
  readonly folder: string;
  /** The parsed template.yaml; a syntax error is told apart. */
  readonly document: { readonly value: unknown } | { readonly problem: string };
  /** Content of the other files in the folder, by name. */
  readonly files: ReadonlyMap<string, string>;
}

/** What lies in templates/. */
export interface TemplatesDirectory {
  readonly folders: readonly TemplateFolder[];
  /** Content of the files directly in it, by name: what every template shares. */
  readonly shared: ReadonlyMap<string, string>;
}

/** The init of every sandbox, whatever its template. */
const init = 'init.sh';

export interface CatalogueEntry {
  readonly template: Template;
  readonly policy: PoolPolicy;
}

export type CatalogueResult =
  | { readonly ok: true; readonly entries: readonly CatalogueEntry[] }
  /** `field` is `<folder>/template.yaml: <path in the file>`. */
  | { readonly ok: false; readonly problems: readonly FieldError[] };

/** Either every template, sorted by name, or everything that is wrong with any of them. */
export function readCatalogue(
  { folders, shared }: TemplatesDirectory,
  profile: Profile,
): CatalogueResult {
  const problems: FieldError[] = [];
  if (!shared.has(init)) problems.push({ field: init, problem: 'is missing' });
  const parsed: { readonly folder: TemplateFolder; readonly file: TemplateFile }[] = [];
  if (folders.length === 0) problems.push({ field: 'templates', problem: 'there is none' });
  for (const folder of folders) {
    const checked = checkFolder(folder);
    problems.push(...checked.problems.map((problem) => at(folder, problem)));
    if (checked.file !== undefined) parsed.push({ folder, file: checked.file });
  }
  problems.push(...clashes(parsed.map(({ file }) => file)));
  if (problems.length > 0) return { ok: false, problems };
  const entries = parsed.map(({ folder, file }) => ({
    template: templateOf(folder, file, shared),
    policy: policyFromFile(file.pool[profile]),
  }));
  return {
    ok: true,
    entries: entries.toSorted((a, b) => (a.template.name < b.template.name ? -1 : 1)),
  };
}

function at({ folder }: TemplateFolder, { field, problem }: FieldError): FieldError {
  const file = `${folder}/template.yaml`;
  return { field: field === '' ? file : `${file}: ${field}`, problem };
}

interface CheckedFolder {
  readonly file?: TemplateFile;
  readonly problems: readonly FieldError[];
}

function checkFolder({ folder, document, files }: TemplateFolder): CheckedFolder {
  if ('problem' in document) return { problems: [{ field: '', problem: document.problem }] };
  const result = templateSchema['~standard'].validate(document.value);
  if (result instanceof Promise) throw new Error('templateSchema has no asynchronous checks');
  if (result.issues !== undefined) {
    return {
      problems: result.issues.map(({ path, message }) => ({
        field: dotted(path),
        problem: message,
      })),
    };
  }
  return { file: result.value, problems: semanticProblems(folder, result.value, files) };
}

function semanticProblems(
  folder: string,
  file: TemplateFile,
  files: ReadonlyMap<string, string>,
): FieldError[] {
  const problems: FieldError[] = [];
  if (file.name !== folder) {
    problems.push({ field: 'name', problem: `must be its folder's name, "${folder}"` });
  }
  const entry = pathProblem(file.entry);
  if (entry !== undefined) problems.push({ field: 'entry', problem: entry });
  for (const [index, name] of file.runner.files.entries()) {
    if (!files.has(name)) {
      problems.push({ field: `runner.files.${index}`, problem: `there is no ${folder}/${name}` });
    }
  }
  for (const [profile, policy] of Object.entries(file.pool)) {
    for (const { field, problem } of policyProblems(policyFromFile(policy))) {
      problems.push({ field: `pool.${profile}.${field}`, problem });
    }
  }
  return problems;
}

/** A name, language or alias means one template. */
function clashes(files: readonly TemplateFile[]): FieldError[] {
  const owners = new Map<string, string>();
  const problems: FieldError[] = [];
  for (const file of files) {
    const words = new Set([file.name, ...file.aliases]);
    if (file.language !== undefined) words.add(file.language);
    for (const word of words) {
      const owner = owners.get(word);
      owners.set(word, owner ?? file.name);
      if (owner === undefined) continue;
      const problem = `"${word}" already means the template "${owner}"`;
      problems.push({ field: `${file.name}/template.yaml: aliases`, problem });
    }
  }
  return problems;
}

function templateOf(
  folder: TemplateFolder,
  { pool: _, ...file }: TemplateFile,
  shared: ReadonlyMap<string, string>,
): Template {
  const contents = [
    [init, shared.get(init)] as const,
    ...file.runner.files.map((name) => [name, folder.files.get(name)] as const),
  ];
  return {
    ...file,
    files: contents.map(([name, content = '']) => ({ path: `/pilotlight/${name}`, content })),
  };
}

type IssuePath = readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;

function dotted(path: IssuePath): string {
  return (path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
}
