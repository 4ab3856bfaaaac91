// The API key that this page calls with, and whether to ask for one.
import { signal } from '@preact/signals';
import { parseFragment, withoutKey } from './fragment.ts';
import { recall, remember } from './storage.ts';

/** Undefined until one was given. */
export const apiKey = signal<string | undefined>(undefined);

/** The form is open while this is set; `problem` says why the last key does not do. */
export const asking = signal<{ readonly problem?: string } | undefined>(undefined);

/**
 * Takes the key of the address over, and out of the address bar and the history at once; else the one
 * that was remembered; else asks.
 */
export function findKey(): void {
  const { key } = parseFragment(location.hash);
  if (key !== undefined) {
    history.replaceState(history.state, '', withoutKey(location.href));
    useKey(key, { isKept: recall('local', 'key') !== undefined });
    return;
  }
  apiKey.value = recall('session', 'key') ?? recall('local', 'key');
  if (apiKey.value === undefined) asking.value = {};
}

/** `isKept`: on this machine, else in this tab alone. */
export function useKey(key: string, { isKept }: { readonly isKept: boolean }): void {
  remember('session', 'key', key);
  remember('local', 'key', isKept ? key : undefined);
  asking.value = undefined;
  apiKey.value = key;
}

/** Forgets the key everywhere and asks for another. */
export function dropKey(problem?: string): void {
  remember('session', 'key');
  remember('local', 'key');
  apiKey.value = undefined;
  asking.value = problem === undefined ? {} : { problem };
}
