import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '@pilotlight/lifecycle';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unobserved } from '../testing/caches-rig.ts';
import { type LmdbStore, openLmdbStore } from './lmdb-store.ts';

let folder: string;
let clock: ManualClock;
let warned: string[];
const opened: LmdbStore[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pilotlight-cache-'));
  clock = new ManualClock();
  warned = [];
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(maxBytes = 1_000_000, at = folder): Promise<LmdbStore> {
  const log = { warn: (_: object, message: string) => void warned.push(message) };
  const store = await openLmdbStore({ folder: at, maxBytes, clock, observer: unobserved, log });
  if (store === undefined) throw new Error('no store');
  opened.push(store);
  await store.sweep(() => false);
  return store;
}

const entry = (text: string, dependsOn = {}, ttlMs = 60_000) => ({
  value: Buffer.from(text),
  dependsOn,
  expiresAtMs: clock.now().getTime() + ttlMs,
});
const textOf = (store: LmdbStore, key: string) => {
  const found = store.get('responses', key);
  return found && Buffer.from(found.value).toString();
};

describe('the store', () => {
  it('has after a restart what it had before', async () => {
    const before = await open();
    before.put('responses', 'k', entry('é'.repeat(10_000), { 'template:x': '1' }));
    const bytes = before.bytes('responses');
    await before.close();
    const after = await open();
    expect(textOf(after, 'k')).toBe('é'.repeat(10_000));
    expect(after.get('responses', 'k')?.dependsOn).toEqual({ 'template:x': '1' });
    expect(after.bytes('responses')).toBe(bytes);
    expect(after.get('metadata', 'k')).toBeUndefined();
  });

  it('compresses', async () => {
    const store = await open(100_000_000);
    for (let key = 0; key < 50; key += 1) {
      store.put('responses', `${key}`, entry('the same words again '.repeat(5_000)));
    }
    expect(store.bytes('responses')).toBeGreaterThan(5_000_000);
    await store.close();
    const path = join(folder, readdirSync(folder).find((name) => name.endsWith('.mdb')) ?? '');
    expect(statSync(path).size).toBeLessThan(1_000_000);
  });

  it('drops what has expired and what is stale', async () => {
    const store = await open();
    store.put('responses', 'old', entry('v', {}, 1_000));
    store.put('responses', 'stale', entry('v', { 'template:x': '1' }));
    store.put('responses', 'good', entry('v'));
    clock.advance(1_000);
    await store.sweep((dependsOn) => Object.keys(dependsOn).length > 0);
    const kept = ['old', 'stale', 'good'].map((key) => textOf(store, key));
    expect(kept).toEqual([undefined, undefined, 'v']);
  });

  it('makes room by what was used least recently', async () => {
    const store = await open(40_960);
    for (let key = 0; key < 10; key += 1) {
      if (key === 8) await store.sweep(() => false);
      clock.advance(1_000);
      store.put('responses', `${key}`, entry('v'));
    }
    store.put('responses', 'late', entry('v'));
    clock.advance(1_000);
    store.note([{ segment: 'responses', key: '0', lookups: 1, hits: 1 }]);
    await store.sweep(() => false);
    expect(textOf(store, 'late')).toBeUndefined();
    const kept = Array.from({ length: 10 }, (_, key) => textOf(store, `${key}`) !== undefined);
    expect(kept).toEqual([true, false, false, ...Array.from({ length: 7 }, () => true)]);
  });

  it('tells what is hot, the most used first', async () => {
    const store = await open();
    for (const key of ['a', 'b', 'cold']) store.put('responses', key, entry('v'));
    await store.sweep(() => false);
    const use = (key: string, hits: number, lookups = hits) =>
      store.note([{ segment: 'responses', key, lookups, hits }]);
    use('a', 10);
    use('b', 20);
    use('cold', 3, 10);
    await store.sweep(() => false);
    const hot = await store.sweep(() => false);
    expect(hot.map(({ key }) => key)).toEqual(['b', 'a']);
  });

  it('finds nothing that was just removed', async () => {
    const store = await open();
    store.put('responses', 'k', entry('v'));
    await store.sweep(() => false);
    store.remove('responses', 'k');
    expect(textOf(store, 'k')).toBeUndefined();
    expect(store.bytes('responses')).toBe(0);
  });
});

it('is within its bound at any time, and counts what is there', async () => {
  const operation = fc.record({
    key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
    length: fc.nat(20_000),
    kind: fc.constantFrom('put', 'put', 'put', 'remove', 'sweep'),
  });
  const maxBytes = 65_536;
  const store = await open(maxBytes);
  await fc.assert(
    fc.asyncProperty(fc.array(operation), async (operations) => {
      for (const { key, length, kind } of operations) {
        if (kind === 'put') store.put('responses', key, entry('x'.repeat(length)));
        else if (kind === 'remove') store.remove('responses', key);
        else await store.sweep(() => false);
        expect(store.bytes('responses')).toBeLessThanOrEqual(maxBytes);
        expect(store.bytes('responses')).toBeGreaterThanOrEqual(0);
      }
      const counted = store.bytes('responses');
      await store.sweep(() => false);
      expect(store.bytes('responses')).toBeLessThanOrEqual(counted);
    }),
    { numRuns: 50 },
  );
  expect(warned).toEqual([]);
});

describe('a store that is broken', () => {
  it.each(['', 'short', 'garbage'.repeat(20_000)])(
    'is made anew where it is garbage',
    async (text) => {
      writeFileSync(join(folder, 'cache.mdb'), text);
      const store = await open();
      expect(warned).toEqual(text === '' ? [] : ['cache: the file is no good and is made anew']);
      store.put('responses', 'k', entry('v'));
      await store.sweep(() => false);
      expect(textOf(store, 'k')).toBe('v');
    },
  );

  it('is made anew where its last reader died while it was looking at it', async () => {
    const before = await open();
    before.put('responses', 'k', entry('v'));
    await before.close();
    writeFileSync(join(folder, 'cache.mdb-trial'), '');
    const after = await open();
    expect(warned).toEqual(['cache: the file is no good and is made anew']);
    expect(textOf(after, 'k')).toBeUndefined();
    await after.close();
    await open();
    expect(warned).toHaveLength(1);
  });

  it('is gone without, with one warning, where the folder cannot be', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await expect(open(1_000, join(file, 'below'))).rejects.toThrow('no store');
    expect(warned).toEqual(['cache: there is none on disk']);
  });

  it('answers nothing once it is closed', async () => {
    const store = await open();
    store.put('responses', 'k', entry('v'));
    await store.close();
    expect(textOf(store, 'k')).toBeUndefined();
    store.put('responses', 'k', entry('v'));
    store.remove('responses', 'k');
    store.note([]);
    expect(await store.sweep(() => false)).toEqual([]);
  });
});
