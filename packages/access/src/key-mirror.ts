// The keys of KV `keys` in memory, so that checking one asks nobody, and works while the database is
// away. A revocation takes effect as soon as the bucket tells of it.
import {
  Entitlements,
  fromJsonBytes,
  type KeyRole,
  keyRoles,
  PlatformError,
  type Principal,
  StoredKey,
} from '@pilotlight/contracts';
import { type Clock, pause } from '@pilotlight/lifecycle';
import type { KeyValue, KeyValueEntry } from '@pilotlight/messaging';
import type { Authenticated } from '@pilotlight/rpc';

const rewatchAfterMs = 500;

/** The part of a logger that is needed here. */
export interface MirrorLog {
  warn(fields: object, message: string): void;
}

interface Mirrored extends Authenticated {
  readonly revocation: AbortController;
}

/** One process' view of all keys. */
export class KeyMirror {
  readonly #clock: Clock;
  readonly #adminKeyHash: string | undefined;
  readonly #byHash = new Map<string, Mirrored>();
  /** Of each project, by the hash of the key that says so. */
  readonly #entitlements = new Map<string, Map<string, Entitlements>>();
  readonly #caughtUp = Promise.withResolvers<void>();

  /** The admin key is there from the start, and nothing in the bucket changes it. */
  constructor(clock: Clock, adminKeyHash?: string) {
    this.#clock = clock;
    this.#adminKeyHash = adminKeyHash;
    if (adminKeyHash !== undefined) this.#put(adminPrincipal(adminKeyHash));
  }

  /** Resolves when every key that was there is known. */
  get ready(): Promise<void> {
    return this.#caughtUp.promise;
  }

  /** An active key's holder; undefined for any other hash. */
  find(keyHash: string): Authenticated | undefined {
    return this.#byHash.get(keyHash);
  }

  /** What a project's plan allows; undefined for one that has no active key. */
  entitlementsOf(project: string): Entitlements | undefined {
    return this.#entitlements.get(project)?.values().next().value;
  }

  /** Follows the bucket until the signal aborts; a watch that breaks is begun anew. Never rejects. */
  async follow(bucket: KeyValue, signal: AbortSignal, log: MirrorLog): Promise<void> {
    while (!signal.aborted) {
      try {
        for await (const change of bucket.watch(signal)) {
          if (change.kind === 'caught_up') this.#caughtUp.resolve();
          else if (change.kind === 'removed') this.#drop(change.key);
          else this.#take(change.entry, log);
        }
      } catch (thrown) {
        if (!signal.aborted) log.warn({ err: PlatformError.from(thrown) }, 'keys: watch broke');
      }
      await pause(this.#clock, rewatchAfterMs, signal);
    }
  }

  #take({ key: keyHash, value }: KeyValueEntry, log: MirrorLog): void {
    let stored: StoredKey;
    try {
      stored = fromJsonBytes(StoredKey, value);
    } catch (thrown) {
      log.warn({ err: PlatformError.from(thrown) }, 'keys: an entry cannot be read');
      this.#drop(keyHash);
      return;
    }
    if (stored.details?.active !== true) this.#drop(keyHash);
    else if (keyHash !== this.#adminKeyHash) this.#put(principalOf(keyHash, stored));
  }

  /** Whoever holds a key that is known already goes on, from now on under its new terms. */
  #put(principal: Principal): void {
    const known = this.#byHash.get(principal.keyHash);
    const revocation = known?.revocation ?? new AbortController();
    this.#byHash.set(principal.keyHash, { principal, revocation, revoked: revocation.signal });
    if (known !== undefined) this.#forgetPlan(known.principal);
    const { entitlements, keyHash, project } = principal;
    const ofProject = this.#entitlements.get(project) ?? new Map<string, Entitlements>();
    this.#entitlements.set(project, ofProject.set(keyHash, entitlements));
  }

  #forgetPlan({ keyHash, project }: Principal): void {
    const ofProject = this.#entitlements.get(project);
    ofProject?.delete(keyHash);
    if (ofProject?.size === 0) this.#entitlements.delete(project);
  }

  #drop(keyHash: string): void {
    if (keyHash === this.#adminKeyHash) return;
    const known = this.#byHash.get(keyHash);
    this.#byHash.delete(keyHash);
    if (known !== undefined) this.#forgetPlan(known.principal);
    known?.revocation.abort(
      new PlatformError('unauthenticated', 'The API key of this call has been revoked.'),
    );
  }
}

/** Bound by nothing but the platform's own limits. */
function adminPrincipal(keyHash: string): Principal {
  const entitlements = Entitlements.create({ plan: 'admin', priority: 'high' });
  return { keyHash, keyId: 'admin', project: 'local', userId: '', role: 'admin', entitlements };
}

function principalOf(keyHash: string, { details, entitlements }: StoredKey): Principal {
  return {
    keyHash,
    keyId: details?.id ?? '',
    project: details?.project ?? '',
    userId: details?.userId ?? '',
    role: roleOf(details?.role),
    entitlements: Entitlements.create(entitlements ?? {}),
  };
}

/** What is not known is the lesser one. */
function roleOf(role: string | undefined): KeyRole {
  return keyRoles.find((known) => known === role) ?? 'project';
}
