// What child processes inherit.

/** This process's own environment, to hand on to children; settings are never read from it. */
export function inheritedEnvironment(): Readonly<Record<string, string | undefined>> {
  // biome-ignore lint/style/noProcessEnv: handed on whole; PATH, HOME and the like are the children's to read.
  return process.env;
}
