// The SDK's own guard.

/** Undefined instead of a failure: a context is the caller's, and its members may throw. */
export function harmless<T>(attempt: () => T): T | undefined {
  try {
    return attempt();
  } catch {
    return undefined;
  }
}
