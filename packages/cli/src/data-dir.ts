// Where a platform of this user keeps what outlives it.
import { homedir } from 'node:os';
import { join } from 'node:path';
import { loadConfig, optionalText, settings } from '@pilotlight/config';

const own = settings({
  dataDir: optionalText({ description: 'Where `pilotlight up` keeps streams, database and logs.' }),
});
const desktop = settings({
  stateHome: optionalText({ description: 'Base of the data directory where it has no name.' }),
});

/** --data-dir, else PILOTLIGHT_DATA_DIR, else `pilotlight` below the user's state directory. */
export function dataDirectory(given?: string): string {
  const state = loadConfig(desktop, { prefix: 'XDG_' }).stateHome;
  const base = state ?? join(homedir(), '.local/state');
  return given ?? loadConfig(own).dataDir ?? join(base, 'pilotlight');
}
