// A sandbox's network namespace, entered from the host: nothing of the sandbox is started, trusted or
// followed for it.
import { closeSync, fstatSync, openSync, statSync } from 'node:fs';
import { PlatformError } from '@pilotlight/contracts';

/** An open descriptor of a network namespace, by which it cannot be mistaken for a later one. */
export interface NetworkNamespace {
  /** Where programs that this process starts find it, for as long as it is open. */
  readonly path: string;
  /** Idempotent. */
  close(): void;
}

const ownPath = '/proc/self/ns/net';

/**
 * Opens the namespace that a file such as `/proc/PID/ns/net` stands for. Throws `unavailable` where
 * the file is something else, and where it is our own namespace: a connection or rule that was meant
 * for a sandbox must never reach the host.
 */
export function openNamespace(file: string): NetworkNamespace {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch (thrown) {
    throw new PlatformError('unavailable', 'The network of the sandbox is gone.', {
      cause: thrown,
    });
  }
  const own = statSync(ownPath);
  const opened = fstatSync(fd);
  if (opened.dev !== own.dev || opened.ino === own.ino) {
    closeSync(fd);
    throw new PlatformError('unavailable', `${file} is not the network of a sandbox.`);
  }
  let isOpen = true;
  return {
    path: `/proc/${process.pid}/fd/${fd}`,
    close() {
      if (isOpen) closeSync(fd);
      isOpen = false;
    },
  };
}
