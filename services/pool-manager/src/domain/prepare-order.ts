// In which order a node gets templates ready before anybody wants one.
import type { Template } from '@pilotlight/contracts';

/** A template and the least of it that is always kept warm. */
export interface Preparable {
  readonly template: Template;
  readonly minSize: number;
}

/**
 * Names, first the languages of which stock is kept, then the other languages, then applications,
 * whose dependencies take longest. Within each group what is kept warm comes first, then by name.
 */
export function prepareOrder(preparables: readonly Preparable[]): string[] {
  return preparables
    .toSorted((a, b) => rank(a) - rank(b) || (a.template.name < b.template.name ? -1 : 1))
    .map(({ template }) => template.name);
}

function rank({ template, minSize }: Preparable): number {
  const isApplication = template.language === undefined;
  return (isApplication ? 2 : 0) + (minSize > 0 ? 0 : 1);
}
