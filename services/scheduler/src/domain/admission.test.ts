import { limits } from '@pilotlight/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admit, admitToQueue, Occupancy } from './admission.ts';

describe('admit', () => {
  it('never lets anybody past a bound, and forgets who has left', () => {
    const steps = fc.array(
      fc.record({ user: fc.constantFrom('a', 'b', 'c'), joins: fc.boolean() }),
    );
    fc.assert(
      fc.property(steps, (all) => {
        const occupancy = new Occupancy();
        const bounds = { global: 5, perUser: 2 };
        for (const { user, joins } of all) {
          if (joins && admit(occupancy, user, bounds).kind === 'admitted') occupancy.add(user);
          if (!joins && occupancy.of(user) > 0) occupancy.remove(user);
          const users = ['a', 'b', 'c'].map((name) => occupancy.of(name));
          expect(Math.max(...users)).toBeLessThanOrEqual(2);
          expect(users.reduce((sum, count) => sum + count)).toBe(occupancy.total);
          expect(occupancy.total).toBeLessThanOrEqual(5);
        }
      }),
    );
  });

  it('says which limit it was', () => {
    const occupancy = new Occupancy();
    occupancy.add('a');
    expect(admit(occupancy, 'a', { global: 9, perUser: 1 })).toMatchObject({ limit: 'user' });
    expect(admit(occupancy, 'b', { global: 1, perUser: 1 })).toMatchObject({ limit: 'global' });
  });
});

describe('admitToQueue', () => {
  it('holds the bounds of the languages that have one', () => {
    const bound = limits.maxQueuedByLanguage['python'] ?? 0;
    expect(admitToQueue('python', bound - 1, 20).kind).toBe('admitted');
    expect(admitToQueue('python', bound, 20)).toMatchObject({
      kind: 'full',
      retry: { kind: 'after', ms: 30_000 },
    });
    expect(admitToQueue('generic', 49_999, 20).kind).toBe('admitted');
  });
});
