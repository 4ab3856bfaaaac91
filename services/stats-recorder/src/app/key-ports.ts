// What keeping keys needs: their rows, and their mirror on the bus.
import type { ApiKey, Entitlements, Project, StoredKey } from '@pilotlight/contracts';
import type { KeysByHash } from '../domain/reconcile-keys.ts';

/** A key that is not there yet; what its row adds is its id and when it was made. */
export interface KeyToStore {
  /** SHA-256 of the key in hex. */
  readonly hash: string;
  readonly prefix: string;
  readonly name: string;
  /** Slug. */
  readonly project: string;
  /** Whole id; empty: every user of the project. */
  readonly userId: string;
  readonly role: string;
}

/**
 * Projects, plans and keys in the database. Everything rejects `unavailable` while there is none, and
 * nobody retries.
 */
export interface KeyStore {
  /** By name. */
  plans(): Promise<readonly Entitlements[]>;
  /** Made or changed. */
  putPlan(plan: Entitlements): Promise<void>;
  /** Undefined where the slug is taken. The plan must exist. */
  createProject(project: {
    readonly name: string;
    readonly slug: string;
    readonly plan: string;
  }): Promise<Project | undefined>;
  /** By slug. */
  projects(): Promise<readonly Project[]>;
  /** Undefined where there is no such project. The plan must exist. */
  setProjectPlan(slug: string, plan: string): Promise<Project | undefined>;
  /** Undefined where there is no such project. */
  createKey(key: KeyToStore): Promise<StoredKey | undefined>;
  /** As if it had never been made. */
  removeKey(id: string): Promise<void>;
  /** Newest first. Empty: of all projects. */
  keys(project: string): Promise<readonly ApiKey[]>;
  /** All of them. */
  rows(): Promise<KeysByHash>;
  /** Ids that are not known are left out. */
  revoke(ids: readonly string[]): Promise<void>;
  /** Gives keys of a database that was lost their rows back, and their projects and plans. */
  adopt(keys: KeysByHash): Promise<void>;
  /** By id of the key; an older time than the row's changes nothing. */
  noteUses(uses: ReadonlyMap<string, Date>): Promise<void>;
}

/** KV `keys`, of which this service is the only writer. Everything rejects `unavailable` without a bus. */
export interface KeyMirrorWriter {
  all(): Promise<KeysByHash>;
  /** Idempotent; a key that is revoked stays so. */
  put(hash: string, key: StoredKey): Promise<void>;
  /** For good. */
  revoke(hash: string, key: StoredKey): Promise<void>;
}

/** KV `key_uses`: by id of the key, the last minute of its use. Rejects `unavailable` without a bus. */
export interface KeyUseReports {
  all(): Promise<ReadonlyMap<string, Date>>;
}
