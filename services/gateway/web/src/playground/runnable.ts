// Which languages this platform runs, and in which version.
import { effect, signal } from '@preact/signals';
import { ApiError, call } from '../session/api.ts';
import { apiKey } from '../session/key.ts';
import { knownLanguages } from './languages.ts';

export interface Runnable {
  readonly name: string;
  /** Empty until it is known. */
  readonly version: string;
}

/** What the editor knows, until the gateway has said what can be run. */
export const runnable = signal<readonly Runnable[]>(
  knownLanguages.map(({ name }) => ({ name, version: '' })),
);

interface Answer {
  readonly languages: readonly {
    readonly language: string;
    /** Newest first. */
    readonly versions: readonly string[];
    readonly available: boolean;
  }[];
}

/** Asks with each new key. */
export function askForLanguages(): () => void {
  return effect(() => {
    if (apiKey.value !== undefined) void ask();
  });
}

async function ask(): Promise<void> {
  try {
    const { languages } = await call<Answer>('/api/v1/languages');
    const usable = languages.filter(({ available }) => available);
    const found = new Map(usable.map(({ language, versions }) => [language, versions[0] ?? '']));
    const known = knownLanguages.filter(({ name }) => found.has(name));
    if (known.length === 0) return;
    runnable.value = known.map(({ name }) => ({ name, version: found.get(name) ?? '' }));
  } catch (error) {
    // The names alone do, and what cannot be run is refused with a reason.
    if (!(error instanceof ApiError)) throw error;
  }
}
