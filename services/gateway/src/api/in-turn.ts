// Many tasks, so many at a time.

/** Answers in the order of the items. Rejects with the first failure. */
export async function inTurn<Item, Answer>(
  items: readonly Item[],
  atOnce: number,
  task: (item: Item, index: number) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  const waiting = items.entries();
  const work = async () => {
    for (const [index, item] of waiting) answers[index] = await task(item, index);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, work));
  return answers;
}
