// Version selectors: an exact version, a prefix of one (3, 3.11), or a semver range (^17, >=3.10 <4).
// Versions are dotted numbers as toolchains tell them, of any length.
import coerce from 'semver/functions/coerce.js';
import satisfies from 'semver/functions/satisfies.js';
import validRange from 'semver/ranges/valid.js';

const dottedNumbers = /^\d+(\.\d+)*$/;
/** No range needs more; longer ones would only cost time. */
const maxSelectorLength = 64;

/** What is wrong with a selector; undefined for a good one, the empty one included. */
export function selectorProblem(selector: string): string | undefined {
  if (selector === '' || dottedNumbers.test(selector)) return undefined;
  if (selector.length <= maxSelectorLength && validRange(selector) !== null) return undefined;
  return 'must be a version, the beginning of one (3.11), or a range (^17, >=3.10 <4)';
}

/** Whether a version is one of those selected. The empty selector takes any, even an unknown one. */
export function isSelected(version: string, selector: string): boolean {
  if (selector === '') return true;
  if (dottedNumbers.test(selector))
    return version === selector || version.startsWith(`${selector}.`);
  const semver = coerce(version);
  return semver !== null && satisfies(semver, selector);
}

/** Below 0 where `a` is older. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let part = 0; part < Math.max(left?.length ?? 0, right?.length ?? 0); part += 1) {
    const difference = (left?.[part] ?? -1) - (right?.[part] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}
