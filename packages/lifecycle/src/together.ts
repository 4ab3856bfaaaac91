// Several things that are acquired at the same time.

/**
 * Waits for all, also where one fails, so that whatever was acquired is in its scope before a failure
 * unwinds that; then rejects with the first failure in the order given.
 */
export async function together<T extends readonly unknown[]>(
  ...tasks: { readonly [K in keyof T]: Promise<T[K]> }
): Promise<T> {
  await Promise.allSettled(tasks);
  return (await Promise.all(tasks)) as unknown as T;
}
