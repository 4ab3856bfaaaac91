import { ManualClock } from '@pilotlight/lifecycle';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { unobserved } from '../testing/caches-rig.ts';
import { MemoryStore } from '../testing/memory-store.ts';
import { SegmentCache } from './segment-cache.ts';
import { Versions } from './versions.ts';

const hourMs = 3_600_000;
const text = (json: unknown) => (typeof json === 'string' ? json : undefined);

let clock: ManualClock;
let versions: Versions;
let store: MemoryStore;
let cache: SegmentCache;

const open = (maxBytes = 100_000) =>
  new SegmentCache({ name: 'responses', maxBytes, clock, versions, store, observer: unobserved });

beforeEach(() => {
  clock = new ManualClock();
  versions = new Versions();
  store = new MemoryStore();
  cache = open();
});

const put = (key: string, value: unknown, ttlMs = hourMs, tags: string[] = []) =>
  cache.put(key, value, { ttlMs, dependsOn: versions.of(tags) });

describe('an entry', () => {
  it('is found until its time is over', () => {
    put('k', 'v', 30_000);
    clock.advance(30_000);
    expect(cache.get('k', text)).toBe('v');
    clock.advance(2);
    expect(cache.get('k', text)).toBeUndefined();
  });

  it('that was put at the very start of the clock ends, too', () => {
    put('k', 'v', 1_000);
    clock.advance(hourMs);
    expect(cache.get('k', text)).toBeUndefined();
  });

  it('stays in memory for five minutes at most, and longer on disk', () => {
    put('k', 'v');
    clock.advance(5 * 60_000 + 2);
    store.entries.clear();
    expect(cache.get('k', text)).toBeUndefined();
    put('k', 'v');
    clock.advance(5 * 60_000 + 2);
    expect(cache.get('k', text)).toBe('v');
    clock.advance(hourMs);
    expect(cache.get('k', text)).toBeUndefined();
    expect(store.entries.size).toBe(0);
  });

  it('is not written where it lives only a little', () => {
    put('k', 'v', 10_000);
    expect(store.entries.size).toBe(0);
  });

  it('survives a restart', () => {
    put('k', 'v');
    expect(open().get('k', text)).toBe('v');
  });

  it('cannot be changed by who reads it', () => {
    put('k', { list: [1] });
    const read = (json: unknown) => json as { list: number[] };
    cache.get('k', read)?.list.push(2);
    expect(cache.get('k', read)).toEqual({ list: [1] });
  });
});

describe('what is not as it should be', () => {
  it('is a miss, and dropped, where its reader cannot use it', () => {
    put('k', 12);
    expect(cache.get('k', text)).toBeUndefined();
    expect([cache.memoryBytes, store.entries.size]).toEqual([0, 0]);
  });

  it.each(['', '{', '"', 'null', '\u0000'])('is a miss where the disk has %j', (poison) => {
    const value = Buffer.from(poison);
    store.put('responses', 'k', { value, dependsOn: {}, expiresAtMs: Number.MAX_SAFE_INTEGER });
    expect(cache.get('k', text)).toBeUndefined();
    expect(store.entries.size).toBe(0);
  });

  it('is a miss where its reader throws', () => {
    put('k', 'v');
    const throwing = () => {
      throw new Error('no');
    };
    expect(cache.get('k', throwing)).toBeUndefined();
    expect(cache.memoryBytes).toBe(0);
  });
});

describe('another version', () => {
  it('makes everything stale that was made of the one before, in memory and on disk', () => {
    versions.set('template:python', '1');
    put('a', 'v', hourMs, ['template:python']);
    put('b', 'v', hourMs, ['template:go']);
    const later = open();
    versions.set('template:python', '2');
    for (const one of [cache, later]) {
      expect([one.get('a', text), one.get('b', text)]).toEqual([undefined, 'v']);
    }
  });

  it('is dropped from memory without being asked for', () => {
    versions.set('template:python', '1');
    put('a', 'v', hourMs, ['template:python']);
    const before = cache.memoryBytes;
    versions.set('template:python', '2');
    cache.dropStale();
    expect([before > 0, cache.memoryBytes]).toEqual([true, 0]);
  });

  it('came while the value was made: that one is stale', () => {
    const dependsOn = versions.of(['template:python']);
    versions.set('template:python', '2');
    cache.put('a', 'old', { ttlMs: hourMs, dependsOn });
    expect(cache.get('a', text)).toBeUndefined();
  });

  it('of anything is another catalogue', () => {
    put('a', 'v', hourMs, ['catalogue']);
    versions.set('policy:go', '1');
    expect(cache.get('a', text)).toBeUndefined();
    put('a', 'v', hourMs, ['catalogue']);
    versions.set('policy:go', undefined);
    expect(cache.get('a', text)).toBeUndefined();
  });
});

it('memory holds at most its bound, whatever is put and asked for', () => {
  const operation = fc.record({
    key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'),
    length: fc.nat(4_000),
    isPut: fc.boolean(),
    waitMs: fc.nat(60_000),
  });
  fc.assert(
    fc.property(fc.array(operation), fc.integer({ min: 1, max: 20_000 }), (operations, bound) => {
      cache = open(bound);
      for (const { key, length, isPut, waitMs } of operations) {
        clock.advance(waitMs);
        if (isPut) put(key, 'x'.repeat(length));
        else cache.get(key, text);
        expect(cache.memoryBytes).toBeLessThanOrEqual(bound);
      }
    }),
  );
});

it('what was used is told once', () => {
  put('k', 'v');
  cache.get('k', text);
  cache.get('none', text);
  const uses = cache.takeUses();
  expect(uses).toContainEqual({ segment: 'responses', key: 'k', lookups: 1, hits: 1 });
  expect(uses).toContainEqual({ segment: 'responses', key: 'none', lookups: 1, hits: 0 });
  expect(cache.takeUses()).toEqual([]);
});
