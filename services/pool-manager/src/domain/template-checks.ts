// What the schema of template.yaml cannot say: how its fields and the files beside it fit together.
import { type FieldError, pathProblem, type TemplateFile } from '@pilotlight/contracts';
import { policyFromFile, policyProblems } from './pool-policy.ts';
import { type FolderFiles, filesAt, type TemplateFolder } from './template-folder.ts';

/** The fields that the schema accepts; where a field is wrong, checks of it are left out. */
export type CheckedFields = Partial<TemplateFile>;

/** `path` in template.yaml. */
export interface TemplateMistake {
  readonly path: readonly PropertyKey[];
  readonly problem: string;
}

/** Everything that is wrong with the fields that could be read. */
export function templateMistakes(
  { folder, files }: TemplateFolder,
  fields: CheckedFields,
): TemplateMistake[] {
  const mistakes: TemplateMistake[] = [];
  if (fields.name !== undefined && fields.name !== folder) {
    mistakes.push({ path: ['name'], problem: `must be its folder's name, "${folder}"` });
  }
  return [
    ...mistakes,
    ...kindMistakes(fields),
    ...limitMistakes(fields),
    ...runnerMistakes(folder, files, fields),
    ...artefactMistakes(folder, files, fields),
    ...packageMistakes(files, fields),
    ...poolMistakes(fields),
  ];
}

/** Languages run one program; applications serve. */
function kindMistakes(fields: CheckedFields): TemplateMistake[] {
  const { language, entry, compile, probe } = fields;
  const mistakes: TemplateMistake[] = [];
  const say = (field: string, problem: string) => mistakes.push({ path: [field], problem });
  if (language !== undefined && entry === undefined) {
    say('entry', 'is missing: it names the file that `code` is saved as');
  }
  if (language === undefined && entry !== undefined) say('entry', 'is for languages only');
  if (language === undefined && compile !== undefined) say('compile', 'is for languages only');
  if (language !== undefined && probe !== undefined) {
    say('probe', 'is for applications only: a program of a language does not serve');
  }
  const problem = entry === undefined ? undefined : pathProblem(entry);
  if (problem !== undefined) say('entry', problem);
  return mistakes;
}

function limitMistakes({ limits }: CheckedFields): TemplateMistake[] {
  if (limits === undefined || limits.min_memory_mb <= limits.memory_mb) return [];
  const problem = `must be at most memory_mb (${limits.memory_mb})`;
  return [{ path: ['limits', 'min_memory_mb'], problem }];
}

function runnerMistakes(
  folder: string,
  files: FolderFiles,
  { runner }: CheckedFields,
): TemplateMistake[] {
  const named = runner?.files ?? [];
  return named.flatMap((name, index) => {
    const path = ['runner', 'files', index];
    const unusable = pathProblem(name);
    if (unusable !== undefined) return [{ path, problem: unusable }];
    const found = filesAt(files, name);
    if (found.length === 0) return [{ path, problem: `there is no ${folder}/${name}` }];
    return found
      .filter((file) => files.binary.has(file))
      .map((file) => ({ path, problem: `${folder}/${file} is not text` }));
  });
}

/** The files below an npm folder that a host needs for `npm ci`. */
export const npmFiles = ['package.json', 'package-lock.json'] as const;

function artefactMistakes(
  folder: string,
  { texts }: FolderFiles,
  { artefacts }: CheckedFields,
): TemplateMistake[] {
  const npm = artefacts?.npm;
  if (npm === undefined) return [];
  const path = ['artefacts', 'npm'];
  const unusable = pathProblem(npm);
  if (unusable !== undefined) return [{ path, problem: unusable }];
  return npmFiles
    .filter((file) => !texts.has(`${npm}/${file}`))
    .map((file) => ({ path, problem: `there is no ${folder}/${npm}/${file}` }));
}

function packageMistakes(files: FolderFiles, fields: CheckedFields): TemplateMistake[] {
  const { packages, artefacts } = fields;
  if (packages === undefined) return [];
  const made =
    packages.installer === 'npm'
      ? npmDependencies(files.texts.get(`${artefacts?.npm}/package.json`))
      : new Set(artefacts?.debian);
  const patterns = [
    ...patternsIn('critical', packages.critical),
    ...patternsIn('deferred', packages.deferred),
  ];
  const lacking = packages.critical.flatMap((name, index) => {
    if (made.has(name) || name.includes('*')) return [];
    const problem = `"${name}" is not among the artefacts (${packages.installer})`;
    return [{ path: ['packages', 'critical', index], problem }];
  });
  return [...patterns, ...lacking];
}

/** Only what is asked for by name can be meant by a pattern. */
function patternsIn(list: string, names: readonly string[]): TemplateMistake[] {
  return names.flatMap((name, index) => {
    if (!name.includes('*')) return [];
    const problem = `"${name}" is a pattern, which only on_demand may have: name the packages`;
    return [{ path: ['packages', list, index], problem }];
  });
}

function npmDependencies(packageJson: string | undefined): ReadonlySet<string> {
  const parsed: unknown = packageJson === undefined ? {} : jsonOrNothing(packageJson);
  const all = ['dependencies', 'devDependencies'].flatMap((field) => keysOf(parsed, field));
  return new Set(all);
}

function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function keysOf(value: unknown, field: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner: unknown = (value as Record<string, unknown>)[field];
  return typeof inner === 'object' && inner !== null ? Object.keys(inner) : [];
}

function poolMistakes({ pool }: CheckedFields): TemplateMistake[] {
  if (pool === undefined) return [];
  return (['embedded', 'cluster'] as const).flatMap((profile) =>
    policyProblems(policyFromFile(pool[profile])).map(({ field, problem }: FieldError) => ({
      path: ['pool', profile, field],
      problem,
    })),
  );
}
