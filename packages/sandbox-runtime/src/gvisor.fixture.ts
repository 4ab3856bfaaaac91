// For tests only: where gVisor is on this machine.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const script = fileURLToPath(new URL('../../../setup/gvisor.mjs', import.meta.url));

/** Its path, or what to do for it to be there. */
export async function findGvisorForTests(): Promise<
  { readonly path: string } | { readonly missing: string }
> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [script, '--find']);
    return { path: stdout.trim() };
  } catch {
    return { missing: 'gVisor is not installed here; node setup/gvisor.mjs builds it' };
  }
}
