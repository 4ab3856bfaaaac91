// How wide text is in a terminal, where not every character takes one column.

/** East Asian scripts, full-width forms and pictures that terminals draw two columns wide. */
const wide =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u;
/** Accents and joiners, which are drawn on what stands before them. */
const none = /[\p{Mn}\p{Me}\p{Cf}]/u;

/** Columns of printable text. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += columnsOfCharacter(character);
  return columns;
}

function columnsOfCharacter(character: string): number {
  if (character < '\u0300') return 1;
  if (none.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}

/** At most so many columns: the middle goes first, because names begin and end with what tells them apart. */
export function shortened(text: string, columns: number, mark: string): string {
  if (columnsOf(text) <= columns) return text;
  const left = columns - columnsOf(mark);
  if (left < 2) return taken([...text], columns).join('');
  const end = taken([...text].toReversed(), Math.floor(left / 2)).toReversed();
  const start = taken([...text], left - columnsOf(end.join('')));
  return `${start.join('')}${mark}${end.join('')}`;
}

function taken(characters: readonly string[], columns: number): string[] {
  let used = 0;
  const end = characters.findIndex((character) => {
    used += columnsOfCharacter(character);
    return used > columns;
  });
  return characters.slice(0, end === -1 ? characters.length : end);
}

/** Filled up with spaces at its end. */
export function padded(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)));
}

/** Broken between words, each line after an indentation. A word that is too long has a line of its own. */
export function wrapped(text: string, columns: number, indentation: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && columnsOf(indentation + longer) > columns) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line].map((each) => indentation + each).join('\n');
}
