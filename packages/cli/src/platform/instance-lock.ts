// One platform per data directory: a file that names the process which holds it. What a dead
// process left behind is taken over.
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PlatformError } from '@pilotlight/contracts';

const fileName = 'pilotlight.lock';

/** Pid and, where the system tells, start time, since pids come round again. */
interface Owner {
  readonly pid: number;
  readonly startedAt: string;
}

/**
 * Claims a data directory and returns what gives it up. Throws `conflict` while another living
 * process has it.
 */
export function claimDirectory(folder: string): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = join(folder, fileName);
  const mine = JSON.stringify({ pid: process.pid, startedAt: startTime(process.pid) });
  const draft = `${lock}.${process.pid}`;
  writeFileSync(draft, mine, { mode: 0o600 });
  try {
    while (!linked(draft, lock)) {
      const theirs = contentOf(lock);
      const owner = theirs === undefined ? undefined : ownerOf(theirs);
      if (owner !== undefined && isAlive(owner)) throw taken(folder, owner);
      if (contentOf(lock) === theirs) rmSync(lock, { force: true });
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return () => {
    if (contentOf(lock) === mine) rmSync(lock, { force: true });
  };
}

function taken(folder: string, owner: Owner): PlatformError {
  return new PlatformError(
    'conflict',
    `Pilotlight already runs with ${folder} (process ${owner.pid}). Use it, stop it, or choose another directory with --data-dir.`,
  );
}

/** The file appears with its content or not at all. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Undefined for what this program did not write; such a file is taken over. */
function ownerOf(content: string): Owner | undefined {
  try {
    const { pid, startedAt } = JSON.parse(content);
    return Number.isInteger(pid) && pid > 0 ? { pid, startedAt: String(startedAt) } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isAlive(owner: Owner): boolean {
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return startTime(owner.pid) === owner.startedAt;
}

/** Field 22 of /proc/<pid>/stat; empty where there is no /proc. */
function startTime(pid: number): string {
  const stat = contentOf(`/proc/${pid}/stat`) ?? '';
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
