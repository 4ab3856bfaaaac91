import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeenIds } from './seen-ids.ts';

describe('SeenIds', () => {
  it('knows a repetition among the newest ids, whatever came', () => {
    const ids = fc.array(fc.integer({ min: 0, max: 30 }).map(String), { maxLength: 200 });
    fc.assert(
      fc.property(ids, (given) => {
        const seen = new SeenIds(1_000);
        expect(given.filter((id) => seen.isNew(id))).toEqual([...new Set(given)]);
      }),
    );
  });

  it('forgets the oldest', () => {
    const seen = new SeenIds(2);
    expect(['a', 'b', 'c', 'a', 'c'].map((id) => seen.isNew(id))).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
  });
});
