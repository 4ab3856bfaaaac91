// Columns of values as PostgreSQL writes arrays in text, which every driver can send.

const special = /[\\"]/;

/** `{…}` for a cast to an array type. Objects become JSON; null and undefined become NULL. */
export function arrayLiteral(values: readonly unknown[]): string {
  return `{${values.map(elementOf).join(',')}}`;
}

function elementOf(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return special.test(text) ? `"${text.replaceAll(/[\\"]/g, String.raw`\$&`)}"` : `"${text}"`;
}
