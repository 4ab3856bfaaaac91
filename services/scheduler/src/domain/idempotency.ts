// Keys that users give are theirs alone: scoped by user, and bound to the request they first came
// with. Hashing only; nothing here reads a store.
import { createHash } from 'node:crypto';

/** Names what a key stands for. A token, the same for the same user and key, and not guessable back. */
export function scopedKey(kind: 'acquire' | 'submit', user: string, key: string): string {
  return digest([kind, user, key]);
}

/** The id of an execution submitted with a key. */
export function executionIdOfKey(user: string, key: string): string {
  return `k-${scopedKey('submit', user, key)}`;
}

/** The same for two requests exactly if every value in them is the same. Field order counts. */
export function fingerprint(request: unknown): string {
  return digest([JSON.stringify(request)]);
}

/** Lengths come first, so that no two lists of parts read the same. 43 characters. */
function digest(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:${part}`);
  return hash.digest('base64url');
}
