// A log file for each service: the last start's file is kept beside the new one.
import { mkdirSync, openSync, renameSync } from 'node:fs';
import { join } from 'node:path';

export interface LogFile {
  readonly path: string;
  /** Open for appending. */
  readonly fd: number;
}

/** Opens an empty <name>.log; what was there becomes <name>.log.1. */
export function openLog(folder: string, name: string): LogFile {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${name}.log`);
  try {
    renameSync(path, `${path}.1`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return { path, fd: openSync(path, 'a', 0o600) };
}
