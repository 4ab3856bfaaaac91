// The key of an invocation's row: the same report makes the same one, whoever takes it in and how often.
import { hash } from 'node:crypto';

/** Of this platform's invocations alone: a random UUID, fixed for good because rows are found by it. */
const namespace = Buffer.from('9d2f0c8e6b3a4f57a1c4e85d7b60f3d2', 'hex');

/** What one invocation is told apart by. */
export interface InvocationIdentity {
  /** Slug. */
  readonly project: string;
  readonly functionName: string;
  /** Not empty. */
  readonly invocationId: string;
  /** As its sender gave it, whatever was made of it. */
  readonly timestamp: Date;
}

/** UUID version 5 (RFC 9562, section 5.5) of the identity. */
export function invocationRowId(identity: InvocationIdentity): string {
  const { project, functionName, invocationId, timestamp } = identity;
  const name = JSON.stringify([project, functionName, invocationId, timestamp.toISOString()]);
  const named = Buffer.concat([namespace, Buffer.from(name)]);
  const bytes = hash('sha1', named, 'buffer').subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)];
  return [...parts, hex.slice(20)].join('-');
}
