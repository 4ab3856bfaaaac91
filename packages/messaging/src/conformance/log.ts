// The part of the suite on single messages: publishing, reading, removing, counting.
import { subject, subjectFilter } from '@pilotlight/contracts';
import { expect, it } from 'vitest';
import type { Bus } from '../bus.ts';
import { bytes, eventSubject, text, unique } from './fixtures.ts';

/** Declares these tests inside the caller's suite. */
export function publishConformance(use: () => Bus): void {
  it('gives back what was published, byte for byte', async () => {
    const bus = use();
    const to = eventSubject(unique());
    const before = Date.now() - 1_000;
    const data = Uint8Array.from({ length: 256 }, (_, index) => index);
    const receipt = await bus.publish(to, data);
    expect(receipt).toMatchObject({ stream: 'SANDBOX_EVENTS', duplicate: false });
    const found = await bus.read('SANDBOX_EVENTS', receipt.sequence);
    expect(found).toMatchObject({ subject: to, stream: 'SANDBOX_EVENTS' });
    expect(found?.sequence).toBe(receipt.sequence);
    expect([...(found?.data ?? [])]).toEqual([...data]);
    expect(found?.storedAt.getTime()).toBeGreaterThan(before);
  });

  it('numbers messages in the order of publishing, also when nobody waits in between', async () => {
    const to = eventSubject(unique());
    const receipts = await Promise.all(
      Array.from({ length: 200 }, (_, index) => use().publish(to, bytes(`${index}`))),
    );
    const sequences = receipts.map(({ sequence }) => sequence);
    expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
    expect(new Set(sequences).size).toBe(200);
  });

  it('stores a message id once', async () => {
    const to = eventSubject(unique());
    const messageId = unique();
    const first = await use().publish(to, bytes('one'), { messageId });
    const second = await use().publish(to, bytes('two'), { messageId });
    expect(second).toEqual({ ...first, duplicate: true });
    expect(text((await use().readLast('SANDBOX_EVENTS', to))?.data ?? bytes(''))).toBe('one');
  });

  it('lets the first writer of a subject win', async () => {
    const to = subject('executionResult', { id: unique() });
    const outcomes = await Promise.allSettled(
      ['a', 'b', 'c'].map((data) => use().publish(to, bytes(data), { onlyFirst: true })),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    await expect(use().publish(to, bytes('d'), { onlyFirst: true })).rejects.toMatchObject({
      code: 'conflict',
    });
    expect(text((await use().readLast('EXEC_RESULTS', to))?.data ?? bytes(''))).toBe('a');
  });
}

/** Declares these tests inside the caller's suite. */
export function readConformance(use: () => Bus): void {
  it('answers undefined for what is not there', async () => {
    expect(await use().read('SANDBOX_EVENTS', 9_999_999)).toBeUndefined();
    expect(await use().readLast('SANDBOX_EVENTS', eventSubject(unique()))).toBeUndefined();
  });

  it('removes a message once', async () => {
    const { sequence } = await use().publish(eventSubject(unique()), bytes('gone'));
    expect(await use().remove('SANDBOX_EVENTS', sequence)).toBe(true);
    expect(await use().remove('SANDBOX_EVENTS', sequence)).toBe(false);
    expect(await use().read('SANDBOX_EVENTS', sequence)).toBeUndefined();
  });

  it('counts by subject', async () => {
    const template = unique();
    const stopped = subject('sandboxEvent', { type: 'stopped', template });
    await use().publish(eventSubject(template), bytes('1'));
    await use().publish(eventSubject(template), bytes('2'));
    await use().publish(stopped, bytes('3'));
    const counts = await use().count('SANDBOX_EVENTS', subjectFilter('sandboxEvent', { template }));
    expect(Object.fromEntries(counts)).toEqual({ [eventSubject(template)]: 2, [stopped]: 1 });
  });

  it('knows how many it was given, also once they are removed', async () => {
    const before = await use().published('EXEC_DEAD');
    const to = subject('executionDead', { priority: 'normal', language: unique() });
    const { sequence } = await use().publish(to, bytes('1'));
    await use().publish(to, bytes('2'));
    await use().remove('EXEC_DEAD', sequence);
    expect(await use().published('EXEC_DEAD')).toBe(before + 2);
  });

  it('knows how old the oldest message of a subject is, until it is removed', async () => {
    const filter = subjectFilter('sandboxEvent', { template: unique() });
    expect(await use().oldest('SANDBOX_EVENTS', filter)).toBeUndefined();
    const template = unique();
    const own = subjectFilter('sandboxEvent', { template });
    const first = await use().publish(eventSubject(template), bytes('1'));
    const second = await use().publish(eventSubject(template), bytes('2'));
    const storedAt = async (sequence: number) =>
      (await use().read('SANDBOX_EVENTS', sequence))?.storedAt;
    const secondAt = await storedAt(second.sequence);
    expect(await use().oldest('SANDBOX_EVENTS', own)).toEqual(await storedAt(first.sequence));
    await use().remove('SANDBOX_EVENTS', first.sequence);
    expect(await use().oldest('SANDBOX_EVENTS', own)).toEqual(secondAt);
  });
}
