// Where `pilotlight cp` copies from and to, as people write it.
import { posix } from 'node:path';
import { addressOf, PlatformError } from '@pilotlight/contracts';

/** A path of this machine, or one in a sandbox. */
export type Place =
  | { readonly kind: 'local'; readonly path: string }
  | { readonly kind: 'sandbox'; readonly sandboxId: string; readonly path: string };

const home = '/workspace';

/** `ID:PATH` is in a sandbox, anything else here; a file here that looks like one is `./ID:PATH`. */
export function placeOf(text: string): Place {
  const at = text.indexOf(':');
  const sandboxId = text.slice(0, Math.max(at, 0));
  if (addressOf(sandboxId) === undefined) return { kind: 'local', path: text };
  return { kind: 'sandbox', sandboxId, path: text.slice(at + 1) };
}

/** A path to write at. */
export interface WritablePath {
  /** Below /workspace and relative to it; empty is /workspace itself. */
  readonly path: string;
  /** Written with a slash at its end, or none at all: what is copied goes below it. */
  readonly isFolder: boolean;
}

/** Throws `invalid_argument` for what is not below /workspace. */
export function writablePath(path: string): WritablePath {
  const inside = posix.relative(home, posix.resolve(home, path));
  if (inside === '..' || inside.startsWith('../')) {
    throw new PlatformError(
      'invalid_argument',
      `${path} cannot be written to: only ${home} and what is below it.`,
    );
  }
  return { path: inside, isFolder: inside === '' || /(?:^|\/)\.?$/.test(path) };
}

/** A path to read, as the folder it is in and its name there; the name of / and /workspace is `.`. */
export interface ReadablePath {
  readonly folder: string;
  readonly name: string;
}

export function readablePath(path: string): ReadablePath {
  const inside = posix.resolve(home, path);
  if (inside === home || inside === '/') return { folder: inside, name: '.' };
  return { folder: posix.dirname(inside), name: posix.basename(inside) };
}
