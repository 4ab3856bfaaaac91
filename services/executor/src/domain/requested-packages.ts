// What may be installed in a sandbox when its holder asks for it: what the template names, and no more.
import type { FieldError, Template } from '@pilotlight/contracts';

type TemplatePackages = NonNullable<Template['packages']>;

/** No call asks for more names. */
const maxPackages = 50;
/** As registries have them; nothing that an installer could take for an option or an address. */
const names = {
  npm: /^(@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/,
  debian: /^[a-z0-9][a-z0-9+.-]*$/,
} as const;

/** What is wrong with the names themselves. */
export function nameProblems(
  installer: TemplatePackages['installer'],
  packages: readonly string[],
): FieldError[] {
  if (packages.length === 0) return [{ field: 'packages', problem: 'must not be empty' }];
  if (packages.length > maxPackages) {
    return [{ field: 'packages', problem: `must be at most ${maxPackages}` }];
  }
  return packages.flatMap((name, index) => {
    if (name.length <= 200 && names[installer].test(name)) return [];
    return [{ field: `packages[${index}]`, problem: `is no name that ${installer} knows` }];
  });
}

/** Of the names, those that the template names nowhere. */
export function unnamed(template: TemplatePackages, packages: readonly string[]): string[] {
  const { critical, deferred, on_demand } = template;
  const known = [...critical, ...deferred, ...on_demand];
  return packages.filter((name) => !known.some((pattern) => isMeant(pattern, name)));
}

/** A trailing `*` stands for the rest of a name. */
function isMeant(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}
