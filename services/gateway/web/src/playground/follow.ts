// Follows one execution over its WebSocket, over broken connections too: each output once and in order.
import type { Frame, InputFrame, OutputFrame, Result, StatusFrame } from './wire.ts';

/** What is needed of a WebSocket. */
export interface Socket {
  /** Throws while it is still connecting. */
  send(text: string): void;
  close(): void;
}

/** What a socket tells: each text frame, and that it is closed, also where it never opened. */
export interface SocketEvents {
  readonly message: (text: string) => void;
  readonly close: (code: number) => void;
}

export interface FollowOptions {
  /** Opens a connection that tells output from a sequence number on. */
  readonly open: (from: number, ticket: string, on: SocketEvents) => Socket;
  /** A ticket is used up by one connection. Throws where none can be had. */
  readonly ticket: () => Promise<string>;
  readonly wait: (ms: number) => Promise<void>;
  /** Whether another try can help after this failure of `ticket`. */
  readonly isPassing: (error: unknown) => boolean;
  readonly on: FollowEvents;
}

export interface FollowEvents {
  readonly status: (frame: StatusFrame) => void;
  readonly output: (frame: OutputFrame) => void;
  /** Forget all output: the program is run again. */
  readonly restarted: (attempt: number) => void;
  /** Output with these sequence numbers is lost to this reader. */
  readonly truncated: (from: number, to: number) => void;
  /** The last of all, unless `failed` is. */
  readonly complete: (result: Result) => void;
  /** `closeCode` is the socket's, where it was closed for good. */
  readonly failed: (problem: string, closeCode?: number) => void;
  /** False while there is no connection and another one is being made. */
  readonly connected: (isConnected: boolean) => void;
}

export interface Following {
  /** False where there is no connection to send it on. */
  send(frame: InputFrame): boolean;
  /** No event comes afterwards. */
  stop(): void;
}

const firstRetryMs = 200;
const lastRetryMs = 5_000;

/** The key of the connection was refused or revoked. */
export const keyRefusedCode = 4001;

/** Close codes after which the same would happen again. */
const finalCodes: Readonly<Record<number, string>> = {
  1008: 'The gateway did not understand this page. Reload it.',
  [keyRefusedCode]: 'This key is not valid any more.',
  4004: 'The gateway does not know this execution any more.',
};

/** Connects at once, and again until the execution is over. */
export function follow({ open, ticket, wait, isPassing, on }: FollowOptions): Following {
  let socket: Socket | undefined;
  let isOver = false;
  let lastSequence = 0;
  let failures = 0;

  const end = () => {
    isOver = true;
    socket?.close();
    socket = undefined;
  };
  const fail = (problem: string, closeCode?: number) => {
    end();
    on.failed(problem, closeCode);
  };
  const receive = (frame: Frame) => {
    failures = 0;
    on.connected(true);
    switch (frame.type) {
      case 'status':
        on.status(frame);
        break;
      case 'output':
        if (frame.seq <= lastSequence) break;
        lastSequence = frame.seq;
        on.output(frame);
        break;
      case 'restarted':
        lastSequence = 0;
        on.restarted(frame.attempt);
        break;
      case 'truncated':
        lastSequence = Math.max(lastSequence, frame.to);
        on.truncated(frame.from, frame.to);
        break;
      case 'complete':
        end();
        on.complete(frame.result);
        break;
      case 'error':
        fail(frame.detail);
        break;
      default:
        // A newer gateway may tell more.
        break;
    }
  };
  const lost = (code: number) => {
    socket = undefined;
    const reason = finalCodes[code];
    if (reason === undefined) void again();
    else fail(reason, code);
  };
  const connect = async (): Promise<void> => {
    try {
      const mine: Socket = open(lastSequence + 1, await ticket(), {
        message(text) {
          if (!isOver && socket === mine) receive(JSON.parse(text) as Frame);
        },
        close(code) {
          if (!isOver && socket === mine) lost(code);
        },
      });
      if (isOver) mine.close();
      else socket = mine;
    } catch (error) {
      if (isOver) return;
      if (isPassing(error)) return again();
      fail(error instanceof Error ? error.message : String(error));
    }
  };
  const again = async (): Promise<void> => {
    on.connected(false);
    await wait(Math.min(lastRetryMs, firstRetryMs * 2 ** failures));
    failures += 1;
    if (!isOver) await connect();
  };

  void connect();
  return {
    send(frame) {
      try {
        socket?.send(JSON.stringify(frame));
        return socket !== undefined;
      } catch {
        // Still connecting.
        return false;
      }
    },
    stop: end,
  };
}
