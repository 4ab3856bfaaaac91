// The environment as a whole, for starting child processes.

/** This process's own environment, to hand on to children; settings are never read from it. */
export function inheritedEnvironment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}
