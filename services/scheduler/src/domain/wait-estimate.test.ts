import { type Priority, priorities } from '@pilotlight/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FairQueue, type Queued } from './fair-queue.ts';
import { Tally } from './tally.ts';
import { estimatedWaitMs } from './wait-estimate.ts';

const slotMs = 200;

interface User {
  readonly name: string;
  readonly priority: Priority;
  readonly queued: number;
  /** Slots that the user may hold. */
  readonly bound: number;
}

interface Waited {
  readonly id: string;
  readonly estimatedMs: number;
  readonly waitedMs: number;
}

/** Estimates for all that wait at the start, and what came of it: every run takes the same time. */
function served(users: readonly User[], slots: number): Waited[] {
  const queue = new FairQueue<Queued>();
  const running = new Tally();
  const boundOf = new Map(users.map(({ bound, name }) => [name, bound]));
  const ends: { atMs: number; user: string }[] = [];
  const waited = new Map<string, number>();
  const fill = (nowMs: number) => {
    while (ends.length < slots) {
      const user = (name: string) => running.of(name) < (boundOf.get(name) ?? 0);
      const next = queue.take({ kind: () => true, user });
      if (next === undefined) return;
      running.add(next.user);
      waited.set(next.id, nowMs);
      ends.push({ atMs: nowMs + slotMs * (0.5 + ((waited.size * 0.618) % 1)), user: next.user });
    }
  };
  for (const { name, priority, queued } of users) {
    for (let n = 1; n <= queued; n += 1) {
      queue.enqueue({ id: `${name}${n}`, user: name, priority, kind: 'python' });
    }
  }
  fill(0);
  const isFull = ends.length === slots;
  const ids = users.flatMap(({ name, queued }) =>
    Array.from({ length: queued }, (_, n) => `${name}${n + 1}`),
  );
  const estimates = ids.flatMap((id) => {
    const standing = queue.standingOf(id);
    if (standing === undefined) return [];
    const service = {
      ...{ slotMs, gapMs: isFull ? slotMs / slots : undefined },
      slotsOf: (name: string) => boundOf.get(name) ?? 0,
      runningOf: (name: string) => running.of(name),
    };
    return [{ id, estimatedMs: estimatedWaitMs(standing, service) }];
  });
  while (ends.length > 0) {
    ends.sort((a, b) => a.atMs - b.atMs);
    const end = ends.shift();
    if (end === undefined) break;
    running.remove(end.user);
    fill(end.atMs);
  }
  return estimates.map(({ id, estimatedMs }) => ({
    ...{ id, estimatedMs, waitedMs: waited.get(id) ?? Number.NaN },
  }));
}

function ratioOf(waits: readonly Waited[], id: string): number {
  const wait = waits.find((it) => it.id === id);
  if (wait === undefined) throw new Error(`${id} did not wait.`);
  return wait.estimatedMs / wait.waitedMs;
}

const user = (name: string, change: Partial<User> = {}): User => ({
  ...{ name, priority: 'normal', queued: 300, bound: 50 },
  ...change,
});

describe('the estimated wait', () => {
  it.each<[string, readonly User[], number, string]>([
    ['of a flooder who is alone', [user('a')], 8, 'a250'],
    ['beside a flood, at the same place', [user('a'), user('b', { queued: 120 })], 8, 'b110'],
    ['of the flooder beside somebody else', [user('a'), user('b', { queued: 40 })], 8, 'a250'],
    [
      'of the last of many users',
      [...'abcdefghij'].map((it) => user(it, { queued: 30 })),
      8,
      'j30',
    ],
    ['where a bound leaves slots unused', [user('a', { bound: 2 })], 8, 'a250'],
    ['beside somebody who is held back', [user('a', { bound: 1 }), user('b')], 8, 'b250'],
    ['of somebody who is held back', [user('a', { bound: 1 }), user('b')], 8, 'a100'],
    [
      'of a lower priority',
      [user('a', { priority: 'high' }), user('b', { priority: 'low', queued: 100 })],
      8,
      'b90',
    ],
    [
      'of a higher priority',
      [user('a', { priority: 'high' }), user('b', { priority: 'low' })],
      8,
      'a250',
    ],
  ])('%s is the wait', (_, users, slots, id) => {
    expect(ratioOf(served(users, slots), id)).toBeGreaterThan(0.8);
    expect(ratioOf(served(users, slots), id)).toBeLessThan(1.25);
  });

  it('is within a factor of two at the median, whoever waits and whatever holds them back', () => {
    const someUsers = fc.array(
      fc.record({
        priority: fc.constantFrom(...priorities),
        queued: fc.integer({ min: 1, max: 150 }),
        bound: fc.constantFrom(1, 2, 4, 50),
      }),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(someUsers, fc.integer({ min: 1, max: 16 }), (some, slots) => {
        const users = some.map((it, index) => ({ ...it, name: `u${index}-` }));
        const far = served(users, slots).filter(({ waitedMs }) => waitedMs > 10 * slotMs);
        if (far.length === 0) return;
        const ratios = far.map((it) => it.estimatedMs / it.waitedMs).toSorted((a, b) => a - b);
        const median = ratios[ratios.length >> 1] ?? Number.NaN;
        expect(median).toBeGreaterThan(0.5);
        expect(median).toBeLessThan(2);
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  it('is nothing where there is room', () => {
    const service = { gapMs: undefined, slotMs, slotsOf: () => 50, runningOf: () => 3 };
    const standing = { user: 'a', position: 1, weight: 3, rivals: [], otherPriorities: [] };
    expect(estimatedWaitMs(standing, service)).toBe(0);
  });
});
