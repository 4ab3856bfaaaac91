// Room for uploads in memory, and how much of it is taken.
import type { Spool } from '../app/ports.ts';

export interface MemorySpool extends Spool {
  readonly openFiles: () => number;
}

export function createMemorySpool(): MemorySpool {
  let open = 0;
  return {
    openFiles: () => open,
    async open() {
      open += 1;
      const pieces: Uint8Array[] = [];
      let isOpen = true;
      return {
        write: async (bytes) => void pieces.push(Uint8Array.from(bytes)),
        async *read() {
          yield* pieces;
        },
        async close() {
          if (isOpen) open -= 1;
          isOpen = false;
        },
      };
    },
  };
}
