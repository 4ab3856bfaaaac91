// Idempotent acquires: what KV `acquires` remembers of a key, and for how long it answers.
import { Lease, PlatformError, parseJsonObject } from '@pilotlight/contracts';
import type { KeyValue } from '@pilotlight/messaging';

/** What a key stands for. The lease is missing while it is being got. */
interface KeyRecord {
  readonly fingerprint: string;
  readonly requestId: string;
  readonly lease: Lease | undefined;
}

/** A claim on a key: to be completed or given up. */
export interface KeyClaim {
  readonly key: string;
  readonly fingerprint: string;
  readonly requestId: string;
  readonly revision: number;
}

export type KeyAnswer =
  | { readonly kind: 'claimed'; readonly claim: KeyClaim }
  | { readonly kind: 'leased'; readonly lease: Lease; readonly claim: KeyClaim };

/** Compare-and-set all along: two leaders at once cannot both complete one key. */
export class AcquireKeys {
  readonly #bucket: KeyValue;
  readonly #newId: () => string;

  constructor(bucket: KeyValue, newId: () => string) {
    this.#bucket = bucket;
    this.#newId = newId;
  }

  /**
   * Takes a key, or says which lease it stands for; the claim then serves to replace that one once
   * it has ended. What an earlier leader began is taken over under its request id. Throws
   * `conflict` for a key that came with another request.
   */
  async claim(key: string, fingerprint: string): Promise<KeyAnswer> {
    const requestId = this.#newId();
    const fresh = { fingerprint, requestId, lease: undefined };
    const created = await this.#bucket.create(key, encode(fresh));
    if (created !== undefined) {
      return { kind: 'claimed', claim: { key, fingerprint, requestId, revision: created } };
    }
    const entry = await this.#bucket.get(key);
    if (entry === undefined) throw raced();
    const record = decode(entry.value);
    if (record.fingerprint !== fingerprint) throw keyConflict();
    const claim = { key, fingerprint, requestId, revision: entry.revision };
    if (record.lease !== undefined) return { kind: 'leased', lease: record.lease, claim };
    return { kind: 'claimed', claim: { ...claim, requestId: record.requestId } };
  }

  /** Makes the key stand for this lease. Throws `unavailable` where somebody else was quicker. */
  async complete(claim: KeyClaim, lease: Lease): Promise<void> {
    const { fingerprint, key, requestId, revision } = claim;
    const value = encode({ fingerprint, requestId, lease });
    if ((await this.#bucket.update(key, value, revision)) === undefined) throw raced();
  }

  /** Frees a key whose acquire failed. */
  async giveUp(claim: KeyClaim): Promise<void> {
    await this.#bucket.remove(claim.key);
  }
}

/** The typed error for a key that came with another request before. */
export function keyConflict(): PlatformError {
  const problem = 'was used with another request; use a new key';
  return new PlatformError('conflict', `idempotency_key: ${problem}`, {
    details: [{ field: 'idempotency_key', problem }],
  });
}

function raced(): PlatformError {
  return new PlatformError('unavailable', 'This key is being used by another call. Ask again.');
}

function encode(record: KeyRecord): Uint8Array {
  const lease = record.lease && Lease.toJSON(record.lease);
  return Buffer.from(JSON.stringify({ ...record, lease }));
}

function decode(value: Uint8Array): KeyRecord {
  const json = parseJsonObject(value);
  return {
    fingerprint: String(json['fingerprint']),
    requestId: String(json['requestId']),
    lease: json['lease'] === undefined ? undefined : Lease.fromJSON(json['lease']),
  };
}
