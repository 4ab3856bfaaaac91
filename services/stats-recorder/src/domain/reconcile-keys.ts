// What to do where the rows of keys and their mirror differ. By hash of the key, as everywhere.
import type { StoredKey } from '@pilotlight/contracts';

export type KeysByHash = ReadonlyMap<string, StoredKey>;

/** In no order: each concerns a key of its own. */
export interface KeyCorrections {
  /** To be revoked in the mirror: their rows are not active. */
  readonly revoked: KeysByHash;
  /** Ids of keys whose rows are still active although the mirror has them revoked. */
  readonly revokedRows: readonly string[];
  /** To be put into the mirror: missing there, or there under other terms. */
  readonly put: KeysByHash;
  /** Active in the mirror without a row: of a database that was lost. They need one to be listed. */
  readonly withoutRow: KeysByHash;
}

/**
 * A key that is revoked anywhere is revoked. `mirrored` must have been read before `rows`, so that a key
 * that is just made, row first, is not taken for one without a row.
 */
export function reconcileKeys(mirrored: KeysByHash, rows: KeysByHash): KeyCorrections {
  const revoked = new Map<string, StoredKey>();
  const revokedRows: string[] = [];
  const put = new Map<string, StoredKey>();
  for (const [hash, row] of rows) {
    const mirror = mirrored.get(hash);
    if (!isActive(row)) {
      if (isActive(mirror)) revoked.set(hash, row);
    } else if (mirror !== undefined && !isActive(mirror)) {
      revokedRows.push(row.details?.id ?? '');
    } else if (mirror === undefined || !isSame(mirror, row)) {
      put.set(hash, row);
    }
  }
  const withoutRow = [...mirrored].filter(([hash, key]) => isActive(key) && !rows.has(hash));
  return { revoked, revokedRows, put, withoutRow: new Map(withoutRow) };
}

function isActive(key: StoredKey | undefined): boolean {
  return key?.details?.active === true;
}

/** Times aside: they do not change, but for the last use, which the mirror does not have. */
function isSame(one: StoredKey, other: StoredKey): boolean {
  return comparable(one) === comparable(other);
}

function comparable({ details, projectId, entitlements }: StoredKey): string {
  const { id, prefix, name, project, userId, role } = details ?? {};
  const terms = Object.entries(entitlements ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([id, prefix, name, project, userId, role, projectId, terms]);
}
