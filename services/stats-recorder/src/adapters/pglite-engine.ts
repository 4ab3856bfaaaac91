// How PGlite is loaded and started, in the process that uses it and in the one that makes its files.
import { setFlagsFromString } from 'node:v8';
import type { PGlite } from '@electric-sql/pglite';

/**
 * What keeps it small (a third of the defaults' size): functions are compiled when first called,
 * by the baseline compiler and no other, whose memory is most of what would be used; and the page
 * cache is not PostgreSQL's 128 MB. Recording stays above 5,000 messages a second.
 */
const engineFlags = [
  '--liftoff',
  '--wasm-lazy-compilation',
  '--no-wasm-tier-up',
  '--no-wasm-dynamic-tiering',
];
const serverSettings = ['shared_buffers=4MB', 'wal_buffers=64kB', 'max_wal_size=64MB'];

/**
 * Opens, or makes, the files in `directory`. The flags hold for the whole process; they are set
 * before its first WebAssembly is compiled, and concern nothing else. A process that has made the
 * files stays twice as large as one that only opens them.
 */
export async function startPglite(directory: string): Promise<PGlite> {
  for (const flag of engineFlags) setFlagsFromString(flag);
  const { PGlite } = await import('@electric-sql/pglite');
  const startParams = [...PGlite.defaultStartParams, ...serverSettings.flatMap((s) => ['-c', s])];
  return PGlite.create({ dataDir: directory, startParams });
}
