// Columns of values as PostgreSQL writes arrays in text, which every driver can send.

const special = /[\\"]/;

/** `{…}` for a cast to an array type. Null and undefined become NULL, the rest its text. */
export function arrayLiteral(values: readonly unknown[]): string {
  return `{${values.map(elementOf).join(',')}}`;
}

function elementOf(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = String(value);
  return special.test(text) ? `"${text.replaceAll(/[\\"]/g, String.raw`\$&`)}"` : `"${text}"`;
}
