// The catalogue at start: all of it, or a refusal that names everything wrong.
import { invalidFields } from '@pilotlight/contracts';
import {
  type CatalogueEntry,
  readCatalogue,
  type TemplatesDirectory,
} from '../domain/catalogue.ts';
import type { Profile } from '../domain/pool-policy.ts';

/** Throws `invalid_argument` with every problem of every file. */
export function loadCatalogue(
  directory: TemplatesDirectory,
  profile: Profile,
): readonly CatalogueEntry[] {
  const result = readCatalogue(directory, profile);
  if (result.ok) return result.entries;
  throw invalidFields(result.problems);
}
