// The demonstration as a child process that writes to our terminal.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** Whether all of it worked. Ends early when the signal aborts. */
export async function runDemo(
  dataDir: string,
  options: { readonly onlyWait: boolean },
  signal: AbortSignal,
): Promise<boolean> {
  if (signal.aborted) return false;
  const main = join(import.meta.dirname, '../../bin/pilotlight.mjs');
  const args = [main, 'demo', '--data-dir', dataDir, ...(options.onlyWait ? ['--wait'] : [])];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const end = () => child.kill('SIGTERM');
  signal.addEventListener('abort', end);
  const [code] = await once(child, 'exit');
  signal.removeEventListener('abort', end);
  return code === 0;
}
