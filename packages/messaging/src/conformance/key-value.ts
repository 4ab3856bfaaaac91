// The part of the suite on key-value buckets.
import { expect, it } from 'vitest';
import type { Bus, KeyValue, KeyValueChange } from '../bus.ts';
import { bytes, text, unique } from './fixtures.ts';

/** Declares these tests inside the caller's suite. */
export function keyValueConformance(use: () => Bus): void {
  const open = (): Promise<KeyValue> => use().bucket('plan');

  it('keeps the last value of a key', async () => {
    const bucket = await open();
    const key = unique();
    expect(await bucket.get(key)).toBeUndefined();
    const first = await bucket.put(key, bytes('one'));
    const second = await bucket.put(key, bytes('two'));
    expect(second).toBeGreaterThan(first);
    const entry = await bucket.get(key);
    expect(entry).toMatchObject({ key, revision: second });
    expect(text(entry?.value ?? bytes(''))).toBe('two');
  });

  it('takes keys of several tokens', async () => {
    const bucket = await open();
    const key = `${unique()}.${unique()}`;
    await bucket.put(key, bytes('deep'));
    expect((await bucket.get(key))?.key).toBe(key);
  });

  it('creates a key for one caller only, and again when it was removed', async () => {
    const bucket = await open();
    const key = unique();
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) => bucket.create(key, bytes(`${index}`))),
    );
    expect(outcomes.filter((revision) => revision !== undefined)).toHaveLength(1);
    await bucket.remove(key);
    await bucket.remove(key);
    expect(await bucket.get(key)).toBeUndefined();
    expect(await bucket.create(key, bytes('next'))).toBeTypeOf('number');
    expect(text((await bucket.get(key))?.value ?? bytes(''))).toBe('next');
  });

  it('updates only the revision that the caller knows', async () => {
    const bucket = await open();
    const key = unique();
    const first = await bucket.put(key, bytes('1'));
    const second = await bucket.update(key, bytes('2'), first);
    expect(second).toBeGreaterThan(first);
    expect(await bucket.update(key, bytes('3'), first)).toBeUndefined();
    expect(text((await bucket.get(key))?.value ?? bytes(''))).toBe('2');
  });

  it('tells an empty bucket at once', async () => {
    const bucket = await use().bucket('acquires');
    for await (const change of bucket.watch(new AbortController().signal)) {
      expect(change).toEqual({ kind: 'caught_up' });
      break;
    }
  });

  it('watches current values, then changes', async () => {
    const bucket = await use().bucket('templates');
    const key = unique();
    await bucket.put(key, bytes('old'));
    await bucket.put(key, bytes('now'));
    const seen: string[] = [];
    for await (const change of bucket.watch(new AbortController().signal)) {
      seen.push(describeChange(change));
      if (seen.length === 2) await bucket.put(key, bytes('changed'));
      if (seen.length === 3) await bucket.remove(key);
      if (change.kind === 'removed') break;
    }
    expect(seen).toEqual([`${key}=now`, 'caught up', `${key}=changed`, `${key} removed`]);
  });
}

function describeChange(change: KeyValueChange): string {
  switch (change.kind) {
    case 'put':
      return `${change.entry.key}=${text(change.entry.value)}`;
    case 'removed':
      return `${change.key} removed`;
    case 'caught_up':
      return 'caught up';
  }
}
