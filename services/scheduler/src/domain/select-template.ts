// Which template a request means, where several are of one language and nodes have several versions.
import { findTemplate, type Template } from '@pilotlight/contracts';
import { compareVersions, isSelected, selectorProblem } from './versions.ts';

/** What living nodes say of one template. */
export interface TemplateVersions {
  /** Without the empty one; in any order. */
  readonly known: readonly string[];
  /** Some node has not got it ready yet, and may have another version. */
  readonly isPending: boolean;
}

export type VersionsOf = (template: string) => TemplateVersions;

export interface Wanted {
  /** A template's name, a language, or an alias. */
  readonly name: string;
  /** Empty for any version. */
  readonly selector: string;
}

export type Selection =
  /** `version` is empty where none was asked for. */
  | { readonly kind: 'selected'; readonly template: Template; readonly version: string }
  | { readonly kind: 'unknown_template' }
  /** For the caller: what is wrong with the selector, or what exists instead. */
  | { readonly kind: 'unknown_version'; readonly problem: string }
  /** The version asked for is not there, but one that nodes still get ready may be it. */
  | { readonly kind: 'unsettled'; readonly problem: string };

/**
 * A template's own name means it alone; a language or an alias of it means every template of that
 * language. Among those that match, the language's default goes first, then the newest version, then
 * the name; of one template the newest version that matches.
 */
export function selectTemplate(
  catalogue: readonly Template[],
  { name, selector }: Wanted,
  versionsOf: VersionsOf,
): Selection {
  const first = findTemplate(catalogue, name);
  if (first === undefined) return { kind: 'unknown_template' };
  const bad = selectorProblem(selector);
  if (bad !== undefined) return { kind: 'unknown_version', problem: bad };
  if (selector === '') return { kind: 'selected', template: first, version: '' };
  const offers = meant(catalogue, first).map((template) => ({
    template,
    ...versionsOf(template.name),
  }));
  const [best] = offers
    .flatMap(({ template, known }) => known.map((version) => ({ template, version })))
    .filter(({ version }) => isSelected(version, selector))
    .toSorted(
      (a, b) =>
        Number(b.template === first) - Number(a.template === first) ||
        compareVersions(b.version, a.version) ||
        (a.template.name < b.template.name ? -1 : 1),
    );
  if (best !== undefined) return { kind: 'selected', ...best };
  const problem = unknownVersion(selector, offers);
  const isPending = offers.some((offer) => offer.isPending);
  return isPending
    ? { kind: 'unsettled', problem: `${problem}, and nodes are still getting ready` }
    : { kind: 'unknown_version', problem };
}

function meant(catalogue: readonly Template[], first: Template): readonly Template[] {
  const isDefault = first.language !== undefined && first.name === first.language;
  if (!isDefault) return [first];
  return catalogue.filter((template) => template.language === first.language);
}

type Offer = TemplateVersions & { readonly template: Template };

function unknownVersion(selector: string, offers: readonly Offer[]): string {
  const existing = offers.flatMap(({ template, known }) =>
    known.map((version) => ({ version, name: template.name })),
  );
  const list = existing
    .toSorted((a, b) => compareVersions(b.version, a.version) || (a.name < b.name ? -1 : 1))
    .map(({ version, name }) => (offers.length === 1 ? version : `${version} (${name})`));
  const what =
    list.length === 0 ? 'no node has told of any' : `there are ${[...new Set(list)].join(', ')}`;
  return `"${selector}" is not there; ${what}`;
}
