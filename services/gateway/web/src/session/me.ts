// Whose key this is: asked once for each key.
import { effect, signal } from '@preact/signals';
import { ApiError, call } from './api.ts';
import { apiKey } from './key.ts';

export interface Me {
  readonly key_id: string;
  readonly project: string;
  readonly user_id: string;
  readonly role: string;
}

/** Undefined until the gateway has answered. */
export const me = signal<Me | undefined>(undefined);

/** Checks each new key, so that a wrong one is noticed before it is used. */
export function checkKeys(): () => void {
  return effect(() => {
    const key = apiKey.value;
    me.value = undefined;
    if (key !== undefined) void check(key);
  });
}

async function check(key: string): Promise<void> {
  try {
    const answer = await call<Me>('/api/v1/me');
    if (apiKey.peek() === key) me.value = answer;
  } catch (error) {
    // A 401 has opened the form; without an answer the page says so where it next needs one.
    if (!(error instanceof ApiError)) throw error;
  }
}
