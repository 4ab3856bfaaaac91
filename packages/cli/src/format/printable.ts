// Text from inside a sandbox on somebody's terminal: nothing of it may move the cursor or lie.

/** Control characters, and those that change the direction of what follows. */
const dangerous = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** The same with dangerous characters as `\x1b` or `\u202e`. */
export function printable(text: string): string {
  return text.replace(dangerous, (character) => {
    const code = character.charCodeAt(0);
    if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
    return `\\u${code.toString(16).padStart(4, '0')}`;
  });
}
