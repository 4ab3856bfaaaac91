// Which version of a language a selector means, by the scheduler's rules: an exact version, the beginning
// of one (3, 3.11), or a semver range.
import coerce from 'semver/functions/coerce.js';
import satisfies from 'semver/functions/satisfies.js';

const dottedNumbers = /^\d+(\.\d+)*$/;
/** No range needs more; longer ones would only cost time. */
const maxSelectorLength = 64;

/**
 * The first of those that are selected; `versions` newest first. Undefined where there is none, but for the
 * empty selector, which takes any, even an unknown one.
 */
export function selectVersion(versions: readonly string[], selector: string): string | undefined {
  if (selector === '') return versions[0] ?? '';
  if (selector.length > maxSelectorLength) return undefined;
  return versions.find((version) => isSelected(version, selector));
}

function isSelected(version: string, selector: string): boolean {
  if (dottedNumbers.test(selector)) {
    return version === selector || version.startsWith(`${selector}.`);
  }
  const semver = coerce(version);
  return semver !== null && satisfies(semver, selector);
}
