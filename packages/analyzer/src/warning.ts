// What the SDK tells on the console: once for its configuration and once for sending, in the whole process.
import { sharedState } from './shared-state.ts';

/** Told the first time only, whichever copy of the SDK asks. */
export function warnOnce(topic: 'configuration' | 'sending', text: string): void {
  const state = sharedState();
  state.warned ??= new Set();
  if (state.warned.has(topic)) return;
  state.warned.add(topic);
  try {
    console.warn(`[@pilotlight/analyzer] ${text}`);
  } catch {
    // A console that throws is the user's own, and no reason to fail the function.
  }
}
