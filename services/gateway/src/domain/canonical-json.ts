// JSON of which there is one text for each value: what cache keys are made of.

/** Members in the order of their names at every depth; those that are undefined are left out. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, inOrder);
}

/** Code units decide, not a locale. */
function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const pairs = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(pairs);
}
