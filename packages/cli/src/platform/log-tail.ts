// Follows a log file as it grows, without polling: the kernel tells of writes, and each burst of
// them is read once.
import { closeSync, openSync, readSync, watch } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import type { Cancel, Clock } from '@pilotlight/lifecycle';

const gatherMs = 100;
const pieceBytes = 64 * 1024;

/** Calls `onLine` with every whole line written from now on; returns what ends that. */
export function tailLog(path: string, clock: Clock, onLine: (line: string) => void): () => void {
  const fd = openSync(path, 'r');
  const piece = Buffer.allocUnsafe(pieceBytes);
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let pending: Cancel | undefined;
  const readOn = () => {
    pending = undefined;
    for (;;) {
      const length = readSync(fd, piece);
      if (length === 0) return;
      const lines = (rest + decoder.write(piece.subarray(0, length))).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
    }
  };
  const watcher = watch(path, { persistent: false }, () => {
    pending ??= clock.after(gatherMs, readOn);
  });
  return () => {
    watcher.close();
    pending?.();
    readOn();
    closeSync(fd);
  };
}
