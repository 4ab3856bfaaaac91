// A WebSocket client that remembers what it was told.
import { once } from 'node:events';
import { WebSocket } from 'ws';

export interface Told {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

export class TestSocket {
  readonly socket: WebSocket;
  readonly told: Told[] = [];
  readonly closed: Promise<Closed>;
  #wake = Promise.withResolvers<void>();

  constructor(url: string, headers: Record<string, string> = {}) {
    this.socket = new WebSocket(url, { headers });
    this.socket.on('message', (data) => {
      this.told.push(JSON.parse(String(data)) as Told);
      this.#wake.resolve();
      this.#wake = Promise.withResolvers();
    });
    this.closed = new Promise((resolve, reject) => {
      this.socket.on('error', reject);
      this.socket.on('close', (code, reason) => {
        resolve({ code, reason: String(reason) });
        this.#wake.resolve();
      });
    });
  }

  get output(): string {
    return this.told.flatMap(({ type, data }) => (type === 'output' ? data : [])).join('');
  }

  async opened(): Promise<this> {
    if (this.socket.readyState === WebSocket.CONNECTING) await once(this.socket, 'open');
    return this;
  }

  say(message: unknown): void {
    this.socket.send(JSON.stringify(message));
  }

  /** Resolves with the first message that fits, however long it takes. */
  async until(fits: (message: Told) => boolean): Promise<Told> {
    for (;;) {
      const found = this.told.find(fits);
      if (found !== undefined) return found;
      if (this.socket.readyState === WebSocket.CLOSED) {
        throw new Error(`Closed before: ${JSON.stringify(this.told)}`);
      }
      await this.#wake.promise;
    }
  }
}
