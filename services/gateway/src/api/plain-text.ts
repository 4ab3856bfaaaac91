// Text that is recorded: PostgreSQL has no NUL in its texts.

/** For a schema of a string of at most so many characters. */
export function plainText(maxLength: number): { maxLength: number; pattern: string } {
  return { maxLength, pattern: '^[^\\u0000]*$' };
}
