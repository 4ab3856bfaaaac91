// What the browser remembers. Where storage is refused (a private window, a policy) nothing is, silently:
// the pages work without.

/** Undefined where there is no such entry, or no storage. */
export function recall(area: 'session' | 'local', name: string): string | undefined {
  try {
    return storageOf(area).getItem(`pilotlight.${name}`) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Without `value` the entry is removed. */
export function remember(area: 'session' | 'local', name: string, value?: string): void {
  try {
    if (value === undefined) storageOf(area).removeItem(`pilotlight.${name}`);
    else storageOf(area).setItem(`pilotlight.${name}`, value);
  } catch {
    // Full or refused.
  }
}

function storageOf(area: 'session' | 'local'): Storage {
  return area === 'local' ? localStorage : sessionStorage;
}
