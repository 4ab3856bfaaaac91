// templates/prefetch.yaml, checked.
import {
  builtInResources,
  type FieldError,
  type PrefetchFile,
  prefetchSchema,
} from '@pilotlight/contracts';
import type { TemplateDocument } from './template-folder.ts';

export const prefetchFile = 'prefetch.yaml';

export type PrefetchRulesResult =
  | { readonly ok: true; readonly rules: PrefetchFile }
  | { readonly ok: false; readonly problems: readonly FieldError[] };

/** Everything that is wrong at once. Without the file nothing is fetched ahead. */
export function readPrefetchRules(document: TemplateDocument | undefined): PrefetchRulesResult {
  if (document === undefined) return { ok: true, rules: { rules: [], commands: {} } };
  if ('mistakes' in document) {
    return {
      ok: false,
      problems: document.mistakes.map(({ place, problem }) => ({
        field: `${prefetchFile}:${place.line}:${place.column}`,
        problem,
      })),
    };
  }
  const at = (path: readonly PropertyKey[], problem: string): FieldError => {
    const { line, column } = document.placeOf(path);
    return { field: `${prefetchFile}:${line}:${column}: ${path.map(String).join('.')}`, problem };
  };
  const result = prefetchSchema['~standard'].validate(document.value);
  if (result instanceof Promise) throw new Error('prefetchSchema has no asynchronous checks');
  if (result.issues !== undefined) {
    const problems = result.issues.map(({ path = [], message }) =>
      at(
        path.map((part) => (typeof part === 'object' ? part.key : part)),
        message,
      ),
    );
    return { ok: false, problems };
  }
  const rules = result.value;
  const problems = rules.rules.flatMap(({ resources }, rule) =>
    resources.flatMap((resource, index) => {
      if (isBuiltIn(resource) || resource in rules.commands) return [];
      const path = ['rules', rule, 'resources', index];
      return [at(path, `"${resource}" is not built in and has no command`)];
    }),
  );
  return problems.length > 0 ? { ok: false, problems } : { ok: true, rules };
}

function isBuiltIn(resource: string): boolean {
  return builtInResources.some((known) => known === resource);
}
