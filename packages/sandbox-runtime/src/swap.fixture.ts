// For tests only: swap space of this host in a temporary file.
import { execFile } from 'node:child_process';
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export type Swap = { close(): Promise<void> } | { readonly refused: string };

/** Adds so much swap, or says why this host does not let us. A hole in the file would be refused. */
export async function addSwap(bytes: number): Promise<Swap> {
  const folder = mkdtempSync(join(tmpdir(), 'pilotlight-swap-'));
  const path = join(folder, 'swap');
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const file = openSync(path, 'w', 0o600);
  ftruncateSync(file, 0);
  for (let at = 0; at < bytes; at += 1 << 20) writeSync(file, Buffer.alloc(1 << 20));
  closeSync(file);
  try {
    await run('mkswap', [path]);
    await run('swapon', [path]);
  } catch (thrown) {
    remove();
    return { refused: thrown instanceof Error ? thrown.message.trim() : String(thrown) };
  }
  return {
    async close() {
      await run('swapoff', [path]);
      remove();
    },
  };
}
