// Finds a service's own process below the scripts that give it namespaces.
import { readFileSync } from 'node:fs';

/**
 * The process below `pid` (or itself) that runs `script` with this Node. Undefined while it has not
 * started yet; where there is no /proc, `pid` itself.
 */
export function processOf(pid: number, script: string): number | undefined {
  if (process.platform !== 'linux') return pid;
  const [program, ...args] = readProc(pid, 'cmdline').split('\0');
  if (program === process.execPath && args.includes(script)) return pid;
  for (const child of readProc(pid, `task/${pid}/children`).split(' ')) {
    if (child === '') continue;
    const found = processOf(Number(child), script);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Empty for a process that is gone. */
function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return '';
    throw error;
  }
}
