// Which of the names that there are somebody may have meant.

const most = 3;

/** The nearest first, at most three; none that differs in more than a third of it. */
export function nearNames(wanted: string, names: readonly string[]): string[] {
  const sought = wanted.toLowerCase();
  const allowed = Math.max(1, Math.floor(sought.length / 3));
  return [...new Set(names)]
    .map((name) => ({ name, distance: distanceOf(sought, name.toLowerCase()) }))
    .filter(({ distance }) => distance <= allowed)
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, most)
    .map(({ name }) => name);
}

/** A part of a name is near it; else Levenshtein's: characters to insert, remove or change. */
function distanceOf(sought: string, name: string): number {
  if (sought.length >= 3 && name.includes(sought)) return 1;
  let above = Array.from({ length: name.length + 1 }, (_, column) => column);
  for (let row = 1; row <= sought.length; row += 1) {
    const line = [row];
    for (let column = 1; column <= name.length; column += 1) {
      const changed = (above[column - 1] ?? 0) + (sought[row - 1] === name[column - 1] ? 0 : 1);
      line.push(Math.min(changed, (above[column] ?? 0) + 1, (line[column - 1] ?? 0) + 1));
    }
    above = line;
  }
  return above.at(-1) ?? 0;
}
