import { describe, expect, it } from 'vitest';
import { type ClosableStore, lateStore } from './late-store.ts';

const entry = { value: new Uint8Array([1]), expiresAtMs: 1, dependsOn: {} };

/** Has one entry and notes what is asked of it. */
function opened(asked: string[]): ClosableStore {
  return {
    bytes: () => 7,
    get: () => entry,
    put: (_segment, key) => asked.push(`put ${key}`),
    remove: () => {},
    note: () => {},
    sweep: async () => [{ segment: 'responses', key: 'hot' }],
    close: async () => void asked.push('close'),
  };
}

describe('a store that is opened later', () => {
  it('holds nothing until then, and what there is afterwards', async () => {
    const asked: string[] = [];
    const store = lateStore(async () => opened(asked));
    store.put('responses', 'early', entry);
    expect(store.get('responses', 'a')).toBeUndefined();
    expect(store.bytes('responses')).toBe(0);
    expect(await store.sweep(() => false)).toEqual([]);
    await store.open();
    store.put('responses', 'late', entry);
    expect(store.get('responses', 'a')).toBe(entry);
    expect(store.bytes('responses')).toBe(7);
    expect(await store.sweep(() => false)).toHaveLength(1);
    expect(asked).toEqual(['put late']);
  });

  it('is closed also where it is being opened meanwhile, and never opened after that', async () => {
    const asked: string[] = [];
    const opening = Promise.withResolvers<ClosableStore>();
    const store = lateStore(() => opening.promise);
    const open = store.open();
    const closed = store.close();
    opening.resolve(opened(asked));
    await Promise.all([open, closed]);
    expect(asked).toEqual(['close']);
    const never = lateStore(() => Promise.reject(new Error('opened')));
    await never.close();
    await never.open();
  });

  it('holds nothing where there can be none', async () => {
    const store = lateStore(async () => undefined);
    await store.open();
    expect(store.get('responses', 'a')).toBeUndefined();
    await store.close();
  });
});
