import { describe, expect, it } from 'vitest';
import { merge } from './merge.ts';

describe('merge', () => {
  it('gives every value of every source', async () => {
    const merged = await all(merge(of(1, 3), of(2), of()));
    expect(merged.toSorted()).toEqual([1, 2, 3]);
  });

  it('fails with the source that fails', async () => {
    await expect(all(merge(of(1), failing(2)))).rejects.toThrow('broken');
  });

  it('ends all sources when the reader leaves, also those with a value nobody took', async () => {
    const ended: string[] = [];
    const whenEnded = new Promise<void>((resolve) => {
      const one = (name: string) => noting(name, () => ended.push(name) === 2 && resolve());
      void firstOf(merge(one('a'), one('b')));
    });
    await whenEnded;
    expect(ended.toSorted()).toEqual(['a', 'b']);
  });
});

async function* of(...values: number[]) {
  yield* values;
}

async function* failing(after: number): AsyncGenerator<number> {
  yield after;
  throw new Error('broken');
}

async function* noting(name: string, onEnd: () => unknown) {
  try {
    for (;;) yield name;
  } finally {
    onEnd();
  }
}

async function firstOf<T>(values: AsyncIterable<T>): Promise<T | undefined> {
  for await (const value of values) return value;
}

async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const value of values) found.push(value);
  return found;
}
