// Who holds which sandbox, proven by a token, and until when.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import {
  addressOf,
  type LeaseRef,
  PlatformError,
  type SandboxAddress,
} from '@pilotlight/contracts';
import type { Cancel } from '@pilotlight/lifecycle';
import type { Sandbox } from '@pilotlight/sandbox-runtime';
import type { LeaseTimes } from '../domain/expiry.ts';
import type { SandboxRecord } from './sandbox-record.ts';
import type { Turns } from './turns.ts';

/** One living lease. */
export interface HeldLease {
  readonly record: SandboxRecord;
  readonly sandbox: Sandbox;
  readonly token: string;
  /** For every command of its holder. */
  readonly env: Readonly<Record<string, string>>;
  readonly times: LeaseTimes & { lastUsedMs: number; activeCalls: number };
  /** Aborts at the end of the lease; its reason is the error for calls under way. */
  readonly ended: AbortSignal;
  readonly end: (reason: PlatformError) => void;
  /** One upload at a time: each may fill the room that an upload may take. */
  readonly uploads: Turns;
  /** Freezing and thawing, in the order in which they were asked for. */
  readonly sleep: Turns;
  isHibernated: boolean;
  cancelDeadline: Cancel;
}

/** A call on a lease that takes a while. The lease does not become idle before `done`. */
export interface LeaseCall {
  readonly lease: HeldLease;
  /** To be called once. */
  done(): void;
}

/** Where calls that take a while begin. */
export interface LeaseCalls {
  /**
   * Checks the token and counts as use. Throws as `LeaseBook.require`, `failed_precondition` for a
   * sandbox that sleeps, and `resource_exhausted` where too much is open on one lease.
   */
  begin(ref: LeaseRef | undefined): LeaseCall;
}

/** 128 random bits, base64url. */
export function newToken(): string {
  return randomBytes(16).toString('base64url');
}

/** Ended leases whose tokens are remembered, so that a stale one can be told from a wrong one. */
const remembered = 10_000;

export class LeaseBook {
  readonly #address: SandboxAddress;
  readonly #held = new Map<string, HeldLease>();
  readonly #ended = new Map<string, { readonly token: string; readonly reason: string }>();

  constructor(address: SandboxAddress) {
    this.#address = address;
  }

  get size(): number {
    return this.#held.size;
  }

  all(): readonly HeldLease[] {
    return [...this.#held.values()];
  }

  add(lease: HeldLease): void {
    this.#held.set(lease.record.id, lease);
  }

  /** False where it had ended already. */
  end(lease: HeldLease, reason: string): boolean {
    if (!this.#held.delete(lease.record.id)) return false;
    lease.cancelDeadline();
    lease.end(denied(`the lease has ended: ${reason}`));
    this.#ended.set(lease.record.id, { token: lease.token, reason });
    const oldest = this.#ended.keys().next().value;
    if (this.#ended.size > remembered && oldest !== undefined) this.#ended.delete(oldest);
    return true;
  }

  /**
   * The lease that a reference proves. Throws `permission_denied` for a token that is missing,
   * wrong, or of a lease that has ended; `not_found` for a sandbox that nobody can hold.
   */
  require(ref: LeaseRef | undefined): HeldLease {
    const id = ref?.sandboxId ?? '';
    const given = ref?.token ?? '';
    const lease = this.#held.get(id);
    if (lease !== undefined) {
      if (isSame(given, lease.token)) return lease;
      throw denied(given === '' ? 'token: is missing' : 'token: is wrong for this sandbox');
    }
    const ended = this.#ended.get(id);
    if (ended === undefined) throw new PlatformError('not_found', `there is no sandbox "${id}"`);
    const isStale = isSame(given, ended.token);
    throw denied(isStale ? `the lease has ended: ${ended.reason}` : 'token: is wrong');
  }

  /** The lease to release, or undefined where it was released or ended already, which is a success. */
  requireForRelease(ref: LeaseRef): HeldLease | undefined {
    const address = addressOf(ref.sandboxId);
    const isOurs =
      address?.node === this.#address.node && address.incarnation === this.#address.incarnation;
    if (isOurs && !this.#held.has(ref.sandboxId)) return undefined;
    return this.require(ref);
  }
}

/** Takes the same time wherever the texts differ. */
function isSame(given: string, token: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(token);
  return a.length === b.length && timingSafeEqual(a, b);
}

function denied(message: string): PlatformError {
  return new PlatformError('permission_denied', message, {
    details: [{ field: 'token', problem: message }],
  });
}
