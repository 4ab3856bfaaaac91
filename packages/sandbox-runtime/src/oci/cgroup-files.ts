// File operations on control groups, where absence and emptiness are ordinary.
import { closeSync, openSync, readdirSync, readFileSync, readSync, writeSync } from 'node:fs';
import { mkdir, rmdir } from 'node:fs/promises';

/** True if the thrown value is a system error with one of these codes. */
export function hasCode(thrown: unknown, ...codes: readonly string[]): boolean {
  return thrown instanceof Error && 'code' in thrown && codes.includes(String(thrown.code));
}

/** The file's content, or '' where it or its group does not exist. */
export function readIfPresent(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT', 'ENODEV', 'ESRCH')) return '';
    throw thrown;
  }
}

/** Process ids in a `cgroup.procs` file. */
export function readPids(path: string): readonly number[] {
  return readIfPresent(path).split('\n').filter(Boolean).map(Number);
}

/** Makes a group where there is none. The kernel takes up to a millisecond for it. */
export async function makeGroup(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (thrown) {
    if (!hasCode(thrown, 'EEXIST')) throw thrown;
  }
}

/** False while the group has processes; true once it is gone. */
export async function removeGroup(path: string): Promise<boolean> {
  try {
    await rmdir(path);
    return true;
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT')) return true;
    if (hasCode(thrown, 'EBUSY', 'ENOTEMPTY')) return false;
    throw thrown;
  }
}

/** Names of the groups directly below a group. */
export function childGroups(path: string): readonly string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT')) return [];
    throw thrown;
  }
}

/** SIGKILL for each process; one that is gone already is as good. */
export function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      if (pid > 0) process.kill(pid, 'SIGKILL');
    } catch (thrown) {
      if (!hasCode(thrown, 'ESRCH')) throw thrown;
    }
  }
}

/** A small counter file that is kept open, because it is read many times a second. */
export class CounterFile {
  readonly #path: string;
  #fd: number | undefined;
  readonly #buffer = Buffer.alloc(512);
  #open = true;

  /** A file that does not exist on this kernel reads as ''. */
  constructor(path: string) {
    this.#path = path;
    try {
      this.#fd = openSync(path, 'r');
    } catch (thrown) {
      if (!hasCode(thrown, 'ENOENT')) throw thrown;
    }
  }

  read(): string {
    if (this.#fd === undefined || !this.#open) return '';
    return this.#buffer.toString('latin1', 0, readSync(this.#fd, this.#buffer, 0, 512, 0));
  }

  /** The number after `key` in lines of `key number`; 0 where there is none. */
  field(key: string): number {
    return Number(new RegExp(`^${key} (\\d+)$`, 'm').exec(this.read())?.[1] ?? 0);
  }

  /** The file's only number; 0 where there is none. */
  number(): number {
    return Number(this.read());
  }

  /**
   * Writes to the file and goes on reading what this very descriptor shows, which for `memory.peak`
   * is a peak of its own. False where this kernel does not let it be written.
   */
  reset(): boolean {
    if (this.#fd === undefined || !this.#open) return false;
    try {
      const fd = openSync(this.#path, 'r+');
      closeSync(this.#fd);
      this.#fd = fd;
      writeSync(fd, '0');
      return true;
    } catch (thrown) {
      // Before Linux 6.12 the file is read-only.
      if (hasCode(thrown, 'EACCES', 'EINVAL', 'EPERM', 'EROFS')) return false;
      throw thrown;
    }
  }

  close(): void {
    if (this.#fd !== undefined && this.#open) closeSync(this.#fd);
    this.#open = false;
  }
}
