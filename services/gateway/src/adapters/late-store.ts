// A store that is opened after the gateway has become ready: until then it holds nothing and takes nothing.
import type { EntryStore } from '../app/ports.ts';

/** What can be opened and closed as well. */
export interface ClosableStore extends EntryStore {
  close(): Promise<void>;
}

export interface LateStore extends ClosableStore {
  /** Idempotent. Resolves when it is open, or when there is none. */
  open(): Promise<void>;
}

/** `opener` is called once, and resolves with undefined where there can be no store. */
export function lateStore(opener: () => Promise<ClosableStore | undefined>): LateStore {
  let opening: Promise<void> | undefined;
  let store: ClosableStore | undefined;
  let closed = false;
  return {
    open() {
      if (closed) return Promise.resolve();
      opening ??= opener().then((opened) => {
        store = opened;
      });
      return opening;
    },
    bytes: (segment) => store?.bytes(segment) ?? 0,
    get: (segment, key) => store?.get(segment, key),
    put: (segment, key, entry) => store?.put(segment, key, entry),
    remove: (segment, key) => store?.remove(segment, key),
    note: (uses) => store?.note(uses),
    sweep: async (isStale) => (await store?.sweep(isStale)) ?? [],
    async close() {
      closed = true;
      await opening;
      await store?.close();
    },
  };
}
