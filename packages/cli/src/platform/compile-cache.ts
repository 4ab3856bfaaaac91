// Node's cache of stripped and compiled sources, one for the checkout. With it a service starts in
// half the time and takes 30 MB less, because the type stripper (WebAssembly) is never loaded.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inheritedEnvironment } from '@pilotlight/config';

/** Belongs to the installed packages: gone with them. */
export function compileCacheOf(root: string): string {
  return join(root, 'node_modules/.cache/pilotlight-compile');
}

/**
 * Fills the cache where there is none yet, so that the first start is like any other. Each program
 * (flags and script: what was compiled under other flags is of no use) is started with a setting that every service refuses: by then all that it imports is compiled,
 * and nothing has been done. Sources that change later are added when their process ends.
 */
export async function fillCompileCache(
  root: string,
  programs: readonly (readonly string[])[],
): Promise<void> {
  const folder = compileCacheOf(root);
  const filled = join(folder, 'filled');
  if (existsSync(filled)) return;
  const refused = { PILOTLIGHT_OPS_ADDRESS: '-', NODE_COMPILE_CACHE: folder };
  await Promise.all(
    programs.map(async (program) => {
      const env = { ...inheritedEnvironment(), ...refused };
      await once(spawn(process.execPath, program, { env, stdio: 'ignore' }), 'exit');
    }),
  );
  mkdirSync(folder, { recursive: true });
  writeFileSync(filled, '');
}
