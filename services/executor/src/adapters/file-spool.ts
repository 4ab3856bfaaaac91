// Uploads on disk while they are checked, in files without a name: whatever happens to the executor,
// nothing is left of them.
import { mkdirSync, rmSync } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { PlatformError } from '@pilotlight/contracts';
import type { Spool, SpoolFile } from '../app/ports.ts';

export interface FileSpoolOptions {
  /** Absolute; only this spool uses it. */
  readonly directory: string;
  /** Of all uploads together. */
  readonly maxBytes: number;
}

/** Headers are small: written one by one they would cost a call each. */
const gatherBytes = 256 * 1024;

/** Makes the directory. `close` removes it. */
export function createFileSpool(options: FileSpoolOptions): Spool & { close(): void } {
  const { directory, maxBytes } = options;
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  let serial = 0;
  let usedBytes = 0;
  const reserve = (bytes: number) => {
    if (usedBytes + bytes > maxBytes) throw full();
    usedBytes += bytes;
  };
  return {
    async open() {
      serial += 1;
      const path = join(directory, `upload-${serial}`);
      try {
        const file = await open(path, 'wx+', 0o600);
        await unlink(path);
        return spoolFile(file, reserve, (bytes) => {
          usedBytes -= bytes;
        });
      } catch (cause) {
        const message = 'uploads have no room on this node';
        throw new PlatformError('unavailable', message, { cause });
      }
    },
    close() {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function spoolFile(
  file: FileHandle,
  reserve: (bytes: number) => void,
  free: (bytes: number) => void,
): SpoolFile {
  let gathered: Uint8Array[] = [];
  let pendingBytes = 0;
  let bytes = 0;
  let closed: Promise<void> | undefined;
  const flush = async () => {
    const all = Buffer.concat(gathered);
    gathered = [];
    pendingBytes = 0;
    for (let at = 0; at < all.length; ) {
      const { bytesWritten } = await file.write(all, at).catch(onWriteError);
      at += bytesWritten;
    }
  };
  return {
    async write(piece) {
      reserve(piece.length);
      bytes += piece.length;
      gathered.push(Uint8Array.from(piece));
      pendingBytes += piece.length;
      if (pendingBytes >= gatherBytes) await flush();
    },
    async *read() {
      await flush();
      for (let at = 0; ; ) {
        const { buffer, bytesRead } = await file.read(
          Buffer.alloc(gatherBytes),
          0,
          gatherBytes,
          at,
        );
        if (bytesRead === 0) return;
        at += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    },
    close() {
      closed ??= file.close().finally(() => free(bytes));
      return closed;
    },
  };
}

function full(cause?: unknown): PlatformError {
  const message = 'too much is being uploaded to this node; try again';
  return new PlatformError('resource_exhausted', message, { cause });
}

function onWriteError(thrown: unknown): never {
  const isFull = thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOSPC';
  throw isFull ? full(thrown) : PlatformError.from(thrown);
}
