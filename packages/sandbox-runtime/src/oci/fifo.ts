// Named pipes between the driver and a sandbox: unlike socket pairs they can be opened again through
// /dev/stdout and /dev/stderr. The driver opens its ends first and without blocking.
import { constants, openSync, unlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import type { Spawner } from './spawner.ts';
import { shellQuote } from './spawner.ts';

/** Made in one go, because each `mkfifo` is a process. */
const batch = 24;

/** One pipe: its path for the other side, to be removed once that side has it open. */
export interface Fifo {
  readonly path: string;
  /** Our end for what the other side writes. Ends when its last writer is gone. */
  openReader(): Socket;
  /** Our end for what the other side reads; writing works before it has opened its end. */
  openWriter(): Socket;
  remove(): void;
}

function fifoAt(path: string): Fifo {
  const open = (flags: number) => openSync(path, flags | constants.O_NONBLOCK);
  return {
    path,
    openReader: () => new Socket({ fd: open(constants.O_RDONLY), readable: true, writable: false }),
    openWriter: () => new Socket({ fd: open(constants.O_RDWR), readable: false, writable: true }),
    remove: () => unlinkSync(path),
  };
}

/** A stock of pipes below a directory that nobody else can enter. */
export class FifoStock {
  readonly #directory: string;
  readonly #spawner: Spawner;
  #next = 0;
  #stock: string[] = [];
  #refill: Promise<void> | undefined;

  constructor(directory: string, spawner: Spawner) {
    this.#directory = directory;
    this.#spawner = spawner;
  }

  /** Takes as many new pipes as asked for, fewer than a batch. */
  async take(count: number): Promise<readonly Fifo[]> {
    while (this.#stock.length < count) {
      this.#refill ??= this.#make().finally(() => {
        this.#refill = undefined;
      });
      await this.#refill;
    }
    return this.#stock.splice(0, count).map(fifoAt);
  }

  async #make(): Promise<void> {
    const names = Array.from({ length: batch }, () => join(this.#directory, `${this.#next++}`));
    // Readable and writable for the sandbox's own user, who can reach them only through /proc.
    await this.#spawner.finish(`mkfifo -m 666 ${names.map(shellQuote).join(' ')}`);
    this.#stock.push(...names);
  }
}
