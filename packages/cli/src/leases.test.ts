import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { leaseOf, rememberLease } from './leases.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

describe('remembered leases', () => {
  it('give the token of an id, or say what is missing', () => {
    using folder = temporaryFolder();
    rememberLease(folder.path, { sandboxId: 'a', token: 'first' });
    rememberLease(folder.path, { sandboxId: 'b', token: 'second' });
    expect(leaseOf(folder.path, 'a')).toEqual({ sandboxId: 'a', token: 'first' });
    expect(leaseOf(folder.path, 'b', 'given')).toEqual({ sandboxId: 'b', token: 'given' });
    expect(() => leaseOf(folder.path, 'c')).toThrow(/--token/);
  });

  it('can be read by their owner alone', () => {
    using folder = temporaryFolder();
    rememberLease(folder.path, { sandboxId: 'a', token: 'secret' });
    expect(statSync(join(folder.path, 'leases.json')).mode & 0o077).toBe(0);
  });
});
