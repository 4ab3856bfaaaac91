// Text that PostgreSQL can keep: no NUL, no half of a surrogate pair, and no longer than its column.

const replacement = '\u{fffd}';
const ellipsis = '…';

/** NUL, and either half of a pair. */
const suspicious = /[\0\ud800-\udfff]/;

/** Whether it can be kept at all. */
export function isStorable(text: string): boolean {
  // One look is enough for nearly every text.
  return !suspicious.test(text) || (text.isWellFormed() && !text.includes('\0'));
}

/** Whether it has at most so many characters, as VARCHAR counts them. */
export function fits(text: string, most: number): boolean {
  return text.length <= most || (text.length <= 2 * most && [...text].length <= most);
}

/** What can be kept of a name that only people read: what cannot be is replaced, what is too long is cut. */
export function storableName(text: string, most: number): string {
  if (text.length <= most && isStorable(text)) return text;
  const cut = text.length <= most ? text : text.slice(0, most - 1);
  // The cut may have gone through a pair, which is no reason to show half of it.
  const whole = cut === text ? text : cut.replace(/[\ud800-\udbff]$/, '');
  const stored = whole.toWellFormed().replaceAll('\0', replacement);
  return cut === text ? stored : `${stored}${ellipsis}`;
}
