// One process at a time: a file that the kernel locks, and frees when its holder is gone however it
// went. SQLite is what Node has that takes such locks; a pid in a file could not be cleared safely.
import { DatabaseSync } from 'node:sqlite';
import { PlatformError } from '@pilotlight/contracts';

/** Ends with `release` or with the process. The file itself stays. */
export interface LockFile {
  release(): void;
}

const sqliteBusy = 5;

/** Throws `failed_precondition` while another holder lives, in this process or any other. */
export function acquireLockFile(path: string): LockFile {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('begin exclusive');
  } catch (thrown) {
    database.close();
    const isHeld = thrown instanceof Error && 'errcode' in thrown && thrown.errcode === sqliteBusy;
    if (!isHeld) throw thrown;
    throw new PlatformError('failed_precondition', `Another process uses ${path} already.`);
  }
  return { release: () => database.close() };
}
