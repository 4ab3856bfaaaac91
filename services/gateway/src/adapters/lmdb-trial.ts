// LMDB maps its file into memory and believes it: a file that is none of its own ends the process rather
// than the call. So one that does not look like it, or that ended the process before, is thrown away. All of
// it can be made again.
import { closeSync, existsSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import type { CacheLog } from '../app/ports.ts';

/** Of the first page: a header of 24 bytes, then LMDB's mark. */
const markOffset = 24;
const mark = 0xbeefc0de;

/** Until everything in the file has been looked at once. */
export interface Trial {
  /** The file is good. */
  passed(): void;
}

/** To be called before the file is opened. While the trial lasts, its own file beside it says so. */
export function beginTrial(path: string, log: CacheLog): Trial {
  const trialPath = `${path}-trial`;
  if (existsSync(trialPath) || !looksGood(path)) {
    log.warn({ path }, 'cache: the file is no good and is made anew');
    for (const file of [path, `${path}-lock`]) rmSync(file, { force: true });
  }
  writeFileSync(trialPath, '');
  return { passed: () => rmSync(trialPath, { force: true }) };
}

/** One that is not there, or empty, is as good as new. */
function looksGood(path: string): boolean {
  if (!existsSync(path)) return true;
  const start = Buffer.alloc(markOffset + 4);
  const file = openSync(path, 'r');
  try {
    const length = readSync(file, start);
    return length === 0 || (length === start.length && start.readUInt32LE(markOffset) === mark);
  } finally {
    closeSync(file);
  }
}
