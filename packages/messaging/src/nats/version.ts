// What the connected server's version means to us. Known holes are said, not refused.

/** Three numbers; a suffix such as `-RC.1` is ignored. */
export type ServerVersion = readonly [major: number, minor: number, patch: number];

/** Undefined for text that is not a version. */
export function parseServerVersion(text: string): ServerVersion | undefined {
  const match = /(\d+)\.(\d+)\.(\d+)/.exec(text);
  if (match === null) return undefined;
  return [Number(match[1]), Number(match[2]), Number(match[3])];
}

/** Releases from which the holes that let a client crash or bypass the server are closed. */
const firstSafe: readonly ServerVersion[] = [
  [2, 10, 27],
  [2, 11, 16],
  [2, 12, 7],
];
const oldestSupported: ServerVersion = [2, 9, 0];

/** True where `version` is `than` or later. */
export function atLeast(version: ServerVersion, than: ServerVersion): boolean {
  for (const [index, part] of version.entries()) {
    const other = than[index] ?? 0;
    if (part !== other) return part > other;
  }
  return true;
}

/** True where this code can work with a server of that version. */
export function isSupported(version: ServerVersion): boolean {
  return atLeast(version, oldestSupported);
}

/** One sentence for whoever runs a server with known security holes; undefined for a sound one. */
export function knownHoles(version: ServerVersion): string | undefined {
  const sameLine = firstSafe.find(([major, minor]) => major === version[0] && minor === version[1]);
  const newest = firstSafe[firstSafe.length - 1] ?? version;
  const safe = atLeast(version, sameLine ?? newest);
  if (safe) return undefined;
  return `nats-server ${version.join('.')} has known security holes; use ${(sameLine ?? newest).join('.')} or later where others can reach it.`;
}
