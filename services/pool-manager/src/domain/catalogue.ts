// The templates as they lie in their folders, checked all together before any is used.
import {
  type FieldError,
  type PoolPolicy,
  type Template,
  type TemplateFile,
  templateSchema,
} from '@pilotlight/contracts';
import { type Profile, policyFromFile } from './pool-policy.ts';
import { npmFiles, type TemplateMistake, templateMistakes } from './template-checks.ts';
import {
  filesAt,
  type Place,
  type TemplateFolder,
  type TemplatesDirectory,
  withShared,
} from './template-folder.ts';

/** The init of every sandbox, whatever its template. */
const init = 'init.sh';

export interface CatalogueEntry {
  readonly template: Template;
  readonly policy: PoolPolicy;
}

export type CatalogueResult =
  | { readonly ok: true; readonly entries: readonly CatalogueEntry[] }
  /** `field` is `<folder>/template.yaml:<line>:<column>: <path in the file>`. */
  | { readonly ok: false; readonly problems: readonly FieldError[] };

const mebibyte = 1024 * 1024;
/** Headers of a message; far more than they take. */
const headerBytes = 4 * 1024;

/** What one template may take of a bus with this largest message: at most 1 MiB. */
export function templateBudget(maxPayloadBytes: number): number {
  return Math.min(mebibyte, maxPayloadBytes - headerBytes);
}

export interface CatalogueOptions {
  readonly profile: Profile;
  /** Of one template as JSON, its files included: the bus takes no larger message. */
  readonly maxTemplateBytes: number;
}

/** A template.yaml that the schema accepts, and what would come of it. */
interface ReadTemplate {
  readonly folder: TemplateFolder;
  readonly file: TemplateFile;
  readonly template: Template;
}

/** Either every template, sorted by name, or everything that is wrong with any of them. */
export function readCatalogue(
  { folders, missing, shared }: TemplatesDirectory,
  { profile, maxTemplateBytes }: CatalogueOptions,
): CatalogueResult {
  const problems: FieldError[] = [];
  if (!shared.has(init)) problems.push({ field: init, problem: 'is missing' });
  if (folders.length === 0) problems.push({ field: 'templates', problem: 'there is none' });
  problems.push(...missing.map((name) => ({ field: 'templates', problem: `no "${name}"` })));
  const read: ReadTemplate[] = [];
  for (const folder of folders.map((own) => withShared(own, shared))) {
    const checked = checkFolder(folder);
    problems.push(...checked.problems);
    const { file } = checked;
    if (file !== undefined) read.push({ folder, file, template: templateOf(folder, file) });
  }
  problems.push(...clashes(read), ...withoutDefault(read));
  problems.push(...read.flatMap((one) => tooLarge(one, maxTemplateBytes)));
  if (problems.length > 0) return { ok: false, problems };
  const entries = read.map(({ file, template }) => ({
    template,
    policy: policyFromFile(file.pool[profile]),
  }));
  return {
    ok: true,
    entries: entries.toSorted((a, b) => (a.template.name < b.template.name ? -1 : 1)),
  };
}

function checkFolder(folder: TemplateFolder): {
  readonly file?: TemplateFile;
  readonly problems: readonly FieldError[];
} {
  const { document } = folder;
  if ('mistakes' in document) {
    return {
      problems: document.mistakes.map(({ place, problem }) =>
        problemAt(folder, place, '', problem),
      ),
    };
  }
  const { fields, mistakes, file } = readFields(document.value);
  const all = [...mistakes, ...templateMistakes(folder, fields)];
  return {
    ...(file !== undefined && { file }),
    problems: all.map(({ path, problem }) => problemIn(folder, path, problem)),
  };
}

/** Field by field, so that one mistake hides no other. */
function readFields(value: unknown): {
  readonly fields: Partial<TemplateFile>;
  readonly mistakes: readonly TemplateMistake[];
  readonly file?: TemplateFile;
} {
  const whole = validate(templateSchema, value);
  if (whole.issues === undefined) return { fields: whole.value, mistakes: [], file: whole.value };
  const mistakes = whole.issues.map(({ path, message }) => ({
    path: keysOf(path),
    problem: message,
  }));
  if (typeof value !== 'object' || value === null) return { fields: {}, mistakes };
  const good = Object.entries(templateSchema.entries).flatMap(([name, schema]) => {
    const result = validate<unknown>(schema, (value as Record<string, unknown>)[name]);
    return result.issues === undefined ? [[name, result.value] as const] : [];
  });
  return { fields: Object.fromEntries(good) as Partial<TemplateFile>, mistakes };
}

type Schema<T> = {
  readonly '~standard': {
    readonly validate: (value: unknown) => Validated<T> | Promise<Validated<T>>;
  };
};
type Validated<T> =
  | { readonly value: T; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string; readonly path?: IssuePath }[] };
type IssuePath = readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;

function validate<T>(schema: Schema<T>, value: unknown): Validated<T> {
  const result = schema['~standard'].validate(value);
  if (result instanceof Promise) throw new Error('templateSchema has no asynchronous checks');
  return result;
}

function keysOf(path: IssuePath): PropertyKey[] {
  return (path ?? []).map((part) => (typeof part === 'object' ? part.key : part));
}

/** A name or an alias means one template. */
function clashes(read: readonly ReadTemplate[]): FieldError[] {
  const owners = new Map<string, string>();
  const problems: FieldError[] = [];
  for (const { folder, file } of read) {
    for (const [index, word] of [file.name, ...file.aliases].entries()) {
      const owner = owners.get(word);
      owners.set(word, owner ?? file.name);
      if (owner === undefined) continue;
      const path = index === 0 ? ['name'] : ['aliases', index - 1];
      problems.push(problemIn(folder, path, `"${word}" already means the template "${owner}"`));
    }
  }
  return problems;
}

/** Several templates may be of one language; the one with its name is what the language means. */
function withoutDefault(read: readonly ReadTemplate[]): FieldError[] {
  return read.flatMap(({ folder, file: { language } }) => {
    if (language === undefined) return [];
    if (read.some(({ file }) => file.name === language && file.language === language)) return [];
    const problem = `"${language}" has no default: one of its templates must have that name`;
    return [problemIn(folder, ['language'], problem)];
  });
}

function tooLarge({ folder, template }: ReadTemplate, maxBytes: number): FieldError[] {
  const bytes = Buffer.byteLength(JSON.stringify(template));
  if (bytes <= maxBytes) return [];
  const problem = `the template with its files is ${bytes} bytes, more than ${maxBytes}`;
  return [problemIn(folder, ['runner', 'files'], problem)];
}

function templateOf(folder: TemplateFolder, file: TemplateFile): Template {
  const { pool, ...rest } = file;
  const npm = rest.artefacts?.npm;
  const names = new Set([
    init,
    ...rest.runner.files.flatMap((name) => filesAt(folder.files, name)),
    ...(npm === undefined ? [] : npmFiles.map((name) => `${npm}/${name}`)),
  ]);
  const contents = [...names].map((name) => [name, folder.files.texts.get(name)] as const);
  return {
    ...rest,
    reuse: pool.reuse,
    files: contents.map(([name, content = '']) => ({ path: `/pilotlight/${name}`, content })),
  };
}

function problemIn(
  folder: TemplateFolder,
  path: readonly PropertyKey[],
  problem: string,
): FieldError {
  const { document } = folder;
  const place = 'placeOf' in document ? document.placeOf(path) : { line: 1, column: 1 };
  return problemAt(folder, place, path.map(String).join('.'), problem);
}

function problemAt(
  { folder }: TemplateFolder,
  { line, column }: Place,
  field: string,
  problem: string,
): FieldError {
  const at = `${folder}/template.yaml:${line}:${column}`;
  return { field: field === '' ? at : `${at}: ${field}`, problem };
}
