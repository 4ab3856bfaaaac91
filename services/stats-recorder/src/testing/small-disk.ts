// A disk so small that a test can fill it.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { runAs } from './postgres-server.ts';

const run = promisify(execFile);

/** Mounts memory of `size` (as mount(8) writes it) on a folder, PostgreSQL's own. Needs root. */
export async function mountSmallDisk(
  folder: string,
  size: string,
): Promise<{ unmount(): Promise<void> }> {
  const { uid, gid } = runAs();
  const options = `size=${size},mode=700,uid=${uid ?? 0},gid=${gid ?? 0}`;
  await run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
  return {
    async unmount() {
      // A server process that is just ending may have a file open still.
      await run('umount', ['--lazy', folder]);
    },
  };
}
