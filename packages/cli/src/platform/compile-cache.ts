// Node's cache of compiled (and, of sources, stripped) code, one for the checkout. With it a service starts
// in half the time, and from its sources takes 30 MB less, because the type stripper is never loaded.
import { join } from 'node:path';

/**
 * Belongs to the installed packages: gone with them. Nothing that runs in a sandbox sees it, because what is in it
 * is run. A service writes to it once it is ready, and when it ends.
 */
export function compileCacheOf(root: string): string {
  return join(root, 'node_modules/.cache/pilotlight-compile');
}
