import { type Priority, priorities } from '@pilotlight/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FairQueue, priorityWeights, type Queued } from './fair-queue.ts';

const everybody = { kind: () => true, user: () => true };

function entry(id: string, user = 'u', priority: Priority = 'normal', kind = 'python'): Queued {
  return { id, user, priority, kind };
}

function takeAll(queue: FairQueue<Queued>, eligible = everybody): string[] {
  const ids: string[] = [];
  for (let next = queue.take(eligible); next !== undefined; next = queue.take(eligible)) {
    ids.push(next.id);
  }
  return ids;
}

describe('FairQueue', () => {
  it('lets users take turns, each in order of arrival', () => {
    const queue = new FairQueue<Queued>();
    for (const id of ['a1', 'a2', 'a3', 'b1', 'b2', 'c1']) queue.enqueue(entry(id, id[0]));
    expect(takeAll(queue)).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
  });

  it('gives each priority its share of the turns, high first', () => {
    const queue = new FairQueue<Queued>();
    for (const priority of priorities) {
      for (let n = 0; n < 100; n += 1) queue.enqueue(entry(`${priority}-${n}`, 'u', priority));
    }
    const first = Array.from({ length: 12 }, () => queue.take(everybody)?.priority);
    expect(first[0]).toBe('high');
    for (const priority of priorities) {
      expect(first.filter((it) => it === priority)).toHaveLength(priorityWeights[priority]);
    }
  });

  it('saves no turns for a priority that had nothing to offer', () => {
    const queue = new FairQueue<Queued>();
    for (let n = 0; n < 50; n += 1) queue.enqueue(entry(`high-${n}`, 'u', 'high'));
    for (let n = 0; n < 30; n += 1) queue.take(everybody);
    for (let n = 0; n < 20; n += 1) queue.enqueue(entry(`low-${n}`, 'u', 'low'));
    const next = Array.from({ length: 9 }, () => queue.take(everybody)?.priority);
    expect(next.filter((priority) => priority === 'low')).toHaveLength(1);
  });

  it('saves no turns for a priority whose every user is held back', () => {
    const queue = new FairQueue<Queued>();
    for (let n = 0; n < 50; n += 1) queue.enqueue(entry(`high-${n}`, 'flood', 'high'));
    for (let n = 0; n < 50; n += 1) queue.enqueue(entry(`normal-${n}`, 'u'));
    const heldBack = { kind: () => true, user: (user: string) => user !== 'flood' };
    for (let n = 0; n < 30; n += 1) queue.take(heldBack);
    const next = Array.from({ length: 11 }, () => queue.take(everybody)?.priority);
    expect(next.filter((priority) => priority === 'normal').length).toBeGreaterThanOrEqual(2);
  });

  it('passes over blocked templates and users at their limit without losing their place', () => {
    const queue = new FairQueue<Queued>();
    queue.enqueue(entry('a1', 'a', 'normal', 'java'));
    queue.enqueue(entry('a2', 'a'));
    queue.enqueue(entry('b1', 'b'));
    expect(queue.take({ kind: (kind) => kind !== 'java', user: (user) => user !== 'b' })?.id).toBe(
      'a2',
    );
    expect(queue.take({ kind: () => false, user: () => true })).toBeUndefined();
    expect(takeAll(queue)).toEqual(['b1', 'a1']);
  });

  it('puts back where they stood those that could not start, in whatever order they come', () => {
    const ids = ['a1', 'a2', 'b1', 'c1', 'a3'];
    const wanted = ['a1', 'b1', 'c1', 'a2', 'a3'];
    const some = fc.record({
      taken: fc.integer({ min: 1, max: 3 }),
      order: fc.shuffledSubarray([0, 1, 2], { minLength: 3 }),
    });
    fc.assert(
      fc.property(some, ({ taken, order }) => {
        const queue = new FairQueue<Queued>();
        for (const id of ids) queue.enqueue(entry(id, id[0]));
        const out = Array.from({ length: taken }, () => queue.take(everybody));
        for (const index of order) {
          const item = out[index];
          if (item !== undefined) queue.putBack(item);
        }
        expect(takeAll(queue)).toEqual(wanted);
      }),
    );
  });

  it('hands out everything exactly once, whatever is removed, and counts the rest', () => {
    const entries = fc.uniqueArray(
      fc.record({
        id: fc.string({ minLength: 1, maxLength: 3 }),
        user: fc.constantFrom('a', 'b', 'c'),
        priority: fc.constantFrom(...priorities),
        kind: fc.constantFrom('x', 'y'),
      }),
      { selector: (it) => it.id },
    );
    fc.assert(
      fc.property(entries, fc.func(fc.boolean()), (all, isRemoved) => {
        const queue = new FairQueue<Queued>();
        for (const it of all) queue.enqueue(it);
        const removed = all.filter((it) => isRemoved(it.id));
        for (const it of removed) expect(queue.remove(it.id)).toBe(it);
        const left = all.filter((it) => !removed.includes(it));
        expect(queue.depths().reduce((sum, row) => sum + row.depth, 0)).toBe(left.length);
        expect(takeAll(queue).toSorted()).toEqual(left.map((it) => it.id).toSorted());
        expect([queue.size, queue.depths()]).toEqual([0, []]);
      }),
    );
  });

  it('never lets one user of a priority get two ahead of another who waits', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 }), (a, b) => {
        const queue = new FairQueue<Queued>();
        for (let n = 0; n < a; n += 1) queue.enqueue(entry(`a${n}`, 'a'));
        for (let n = 0; n < b; n += 1) queue.enqueue(entry(`b${n}`, 'b'));
        const order = takeAll(queue).slice(0, 2 * Math.min(a, b));
        const lead = order.map((_, at) => {
          const sofar = order.slice(0, at + 1);
          return Math.abs(sofar.length - 2 * sofar.filter((id) => id.startsWith('a')).length);
        });
        expect(Math.max(...lead)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('empties sixty thousand entries within the time of a test', () => {
    const queue = new FairQueue<Queued>();
    for (let n = 0; n < 60_000; n += 1) queue.enqueue(entry(`${n}`, `u${n % 1_000}`));
    expect(takeAll(queue)).toHaveLength(60_000);
  });
});
