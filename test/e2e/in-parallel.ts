// Many calls, a bounded number of them at once.

/** Calls `work` for every item, at most `width` at a time, in order of starting. Rejects with the first fault. */
export async function inParallel<T>(
  items: Iterable<T>,
  width: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const queue = Iterator.from(items[Symbol.iterator]());
  const worker = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
