// Who gets the next sandbox of those who wait for one: whoever's user has the fewest in use and on
// order, so that one who floods delays nobody else; of equals the older. Nobody is passed over for ever.

/** Whoever was passed over so often is next: with others always there, a flood gets every ninth. */
const patience = 8;

/** One who waits. */
export interface InLine {
  readonly user: string;
  /** How many that came later were served meanwhile. */
  readonly passedOver: number;
}

/**
 * Whoever waits, in the order in which they are served if nothing else changes. `waiting`: oldest first.
 * `heldBy`: how many a user has in use.
 */
export function leastFirst<T extends InLine>(
  waiting: readonly T[],
  heldBy: (user: string) => number,
): T[] {
  const having = new Map<string, number>();
  for (const { user } of waiting) having.set(user, (having.get(user) ?? heldBy(user)) + 1);
  const rank = ({ passedOver, user }: T) => (passedOver >= patience ? 0 : (having.get(user) ?? 0));
  return waiting.toSorted((a, b) => rank(a) - rank(b));
}
