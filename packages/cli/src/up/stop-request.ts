// Ctrl-C and its kin. npm and the terminal both deliver one Ctrl-C, so signals that come close
// together are one request.
import type { EventEmitter } from 'node:events';

export interface StopRequest {
  /** Aborts at the first request. */
  readonly signal: AbortSignal;
  readonly requested: Promise<void>;
  /** What a second request does, instead of ending this process at once. */
  onForce(force: () => void): void;
}

const oneRequestMs = 700;
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Listens from now on to signals, and to the end of a parent that opened an IPC channel. `source`
 * and `nowMs` are this process and its clock but in tests.
 */
export function stopRequest(
  source: EventEmitter = process,
  nowMs: () => number = () => performance.now(),
): StopRequest {
  const controller = new AbortController();
  let firstMs: number | undefined;
  let force: () => void = () => process.exit(1);
  const requested = new Promise<void>((resolve) => {
    const onSignal = () => {
      firstMs ??= nowMs();
      if (nowMs() - firstMs > oneRequestMs) return force();
      controller.abort();
      resolve();
    };
    for (const name of [...signals, 'disconnect']) source.on(name, onSignal);
    process.channel?.unref();
  });
  return {
    signal: controller.signal,
    requested,
    onForce(listener) {
      force = listener;
    },
  };
}
