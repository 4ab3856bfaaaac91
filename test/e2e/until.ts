// Waiting for something that only asking can tell.
import { setTimeout as pause } from 'node:timers/promises';

const askEveryMs = 20;

/**
 * Asks until there is an answer other than undefined and false, one question at a time. Rejects,
 * saying what was waited for, when there is none in time; what `ask` throws is thrown on.
 */
export async function until<T>(
  what: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  withinMs = 60_000,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > deadline) throw new Error(`Not within ${withinMs} ms: ${what}.`);
    await pause(askEveryMs);
  }
}
