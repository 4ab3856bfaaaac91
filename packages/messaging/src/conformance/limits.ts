// The part of the suite on what a bus refuses, and on its end.
import { subject } from '@pilotlight/contracts';
import { expect, it } from 'vitest';
import type { Bus } from '../bus.ts';
import { bytes, eventSubject, take, unique } from './fixtures.ts';

/** Declares these tests inside the caller's suite. */
export function limitConformance(use: () => Bus): void {
  it('refuses what is too large', async () => {
    const data = new Uint8Array(use().maxPayloadBytes + 1);
    await expect(use().publish(eventSubject(unique()), data)).rejects.toMatchObject({
      code: 'invalid_argument',
    });
  });

  it('refuses at the door when the request log is full', async () => {
    const to = subject('executionRequest', { priority: 'high', language: unique() });
    const publishing = Array.from({ length: 10_001 }, () => use().publish(to, bytes('x')));
    const outcomes = await Promise.allSettled(publishing);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10_000);
    await expect(use().publish(to, bytes('x'))).rejects.toMatchObject({
      code: 'resource_exhausted',
      retry: { kind: 'after' },
    });
  });
}

/** Declares these tests inside the caller's suite. */
export function closeConformance(connect: () => Promise<Bus>): void {
  it('ends its readers and refuses calls once closed', async () => {
    const bus = await connect();
    const statuses: string[] = [];
    bus.onStatus((status) => statuses.push(status));
    expect(bus.status).toBe('connected');
    const to = eventSubject(unique());
    await bus.publish(to, bytes('1'));
    const reading = take(
      bus.follow('SANDBOX_EVENTS', to, 'first', new AbortController().signal),
      2,
    );
    await bus.close();
    await bus.close();
    expect((await reading).length).toBeLessThanOrEqual(1);
    expect(bus.status).toBe('disconnected');
    expect(statuses).toEqual(['disconnected']);
    await expect(bus.publish(to, bytes('2'))).rejects.toMatchObject({ code: 'unavailable' });
  });
}
