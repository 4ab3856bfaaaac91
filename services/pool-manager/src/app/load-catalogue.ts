// The catalogue at start: all of it, or a refusal that names everything wrong.
import { invalidFields, type PrefetchFile } from '@pilotlight/contracts';
import { type CatalogueEntry, type CatalogueOptions, readCatalogue } from '../domain/catalogue.ts';
import { readPrefetchRules } from '../domain/prefetch-rules.ts';
import type { TemplatesDirectory } from '../domain/template-folder.ts';

export interface Catalogue {
  readonly entries: readonly CatalogueEntry[];
  readonly prefetchRules: PrefetchFile;
}

/** Throws `invalid_argument` with every problem of every file. */
export function loadCatalogue(directory: TemplatesDirectory, options: CatalogueOptions): Catalogue {
  const templates = readCatalogue(directory, options);
  const prefetch = readPrefetchRules(directory.prefetch);
  if (templates.ok && prefetch.ok) {
    return { entries: templates.entries, prefetchRules: prefetch.rules };
  }
  throw invalidFields([
    ...(templates.ok ? [] : templates.problems),
    ...(prefetch.ok ? [] : prefetch.problems),
  ]);
}
