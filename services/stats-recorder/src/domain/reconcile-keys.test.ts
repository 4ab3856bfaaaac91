import { StoredKey } from '@pilotlight/contracts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type KeysByHash, reconcileKeys } from './reconcile-keys.ts';

function key(id: string, active: boolean, plan = 'standard'): StoredKey {
  return StoredKey.fromPartial({
    details: { id, project: 'blue', active },
    entitlements: { plan, priority: 'normal' },
  });
}

const [active, revoked] = [key('one', true), key('one', false)];
const none = { revoked: [], revokedRows: [], put: [], withoutRow: [] };

it.each([
  ['the same in both', active, active, {}],
  ['revoked in both', revoked, revoked, {}],
  ['revoked in its row', active, revoked, { revoked: ['h'] }],
  ['revoked in the mirror', revoked, active, { revokedRows: ['one'] }],
  ['missing in the mirror', undefined, active, { put: ['h'] }],
  ['missing in the mirror, and revoked', undefined, revoked, {}],
  ['under other terms in the mirror', key('one', true, 'free'), active, { put: ['h'] }],
  ['without a row', active, undefined, { withoutRow: ['h'] }],
  ['revoked, and without a row', revoked, undefined, {}],
])('a key that is %s', (_, mirrored, row, expected) => {
  const found = reconcileKeys(only(mirrored), only(row));
  expect({
    revoked: [...found.revoked.keys()],
    revokedRows: found.revokedRows,
    put: [...found.put.keys()],
    withoutRow: [...found.withoutRow.keys()],
  }).toEqual({ ...none, ...expected });
});

it('takes no notice of the last use', () => {
  const details = active.details && { ...active.details, lastUsedAt: new Date(0) };
  const found = reconcileKeys(only(active), only({ ...active, details }));
  expect(found.put.size).toBe(0);
});

it('leaves nothing to do, and makes nothing active that was revoked anywhere', () => {
  const side = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.boolean());
  fc.assert(
    fc.property(side, side, (inMirror, inRows) => {
      const keys = (of: Record<string, boolean>) =>
        new Map(Object.entries(of).map(([hash, isActive]) => [hash, key(hash, isActive)]));
      const [mirror, rows] = [keys(inMirror), keys(inRows)];
      const found = reconcileKeys(mirror, rows);
      for (const hash of found.revoked.keys()) mirror.set(hash, key(hash, false));
      for (const id of found.revokedRows) rows.set(id, key(id, false));
      for (const [hash, one] of found.put) mirror.set(hash, one);
      for (const [hash, one] of found.withoutRow) rows.set(hash, one);
      const again = reconcileKeys(mirror, rows);
      expect([again.revoked.size, again.revokedRows.length, again.put.size]).toEqual([0, 0, 0]);
      expect(again.withoutRow.size).toBe(0);
      for (const hash of ['a', 'b', 'c', 'd']) {
        const wasRevoked = inMirror[hash] === false || inRows[hash] === false;
        if (wasRevoked) expect(mirror.get(hash)?.details?.active).not.toBe(true);
      }
    }),
    { seed: 3 },
  );
});

function only(stored: StoredKey | undefined): KeysByHash {
  return stored === undefined ? new Map() : new Map([['h', stored]]);
}
