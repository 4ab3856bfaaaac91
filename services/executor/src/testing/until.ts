// Waiting in tests without time: turns of the event loop pass until something holds.

/** Resolves once the condition holds; rejects with its text when it still does not after many turns. */
export async function until(holds: () => boolean, turns = 2_000): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) {
    if (holds()) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  throw new Error(`never came true: ${holds.toString()}`);
}

/** Lets everything that is due happen; for asserting that something did not. */
export async function quiet(turns = 20): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
