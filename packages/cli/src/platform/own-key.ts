// The admin key of the platform on this machine.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isKey, newKey } from '@pilotlight/contracts';

/** Where the key of a data directory is kept. */
export function apiKeyFileOf(dataDir: string): string {
  return join(dataDir, 'api-key');
}

/** Made at the first start, and the same ever after. Only its owner can read the file. */
export function ownKey(dataDir: string): string {
  const path = apiKeyFileOf(dataDir);
  const known = readIfThere(path);
  if (known !== undefined && isKey(known)) return known;
  const key = newKey();
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  writeFileSync(path, `${key}\n`, { mode: 0o600 });
  return key;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
