import { PlatformError, SandboxEvent } from '@pilotlight/contracts';
import { ManualClock } from '@pilotlight/lifecycle';
import { describe, expect, it } from 'vitest';
import { quiet, until } from '../testing/until.ts';
import { EventOutbox } from './event-outbox.ts';

const event = (eventId: string) => SandboxEvent.fromPartial({ eventId });

/** An outbox whose target takes events, or fails as told, and what it was given. */
function outboxOf(capacity = 100) {
  const clock = new ManualClock();
  const stored: string[] = [];
  const warned: string[] = [];
  const state: { failure: PlatformError | undefined } = { failure: undefined };
  const say = (_: object, message: string) => void warned.push(message);
  const outbox = new EventOutbox({
    ...{ clock, capacity, log: { info: say, warn: say, error: say } },
    target: {
      async append({ eventId }) {
        if (state.failure !== undefined) throw state.failure;
        stored.push(eventId);
      },
    },
  });
  return { outbox, clock, stored, warned, state };
}

const away = new PlatformError('unavailable', 'away');

describe('the outbox', () => {
  it('publishes in the background, in order', async () => {
    const { outbox, clock, stored } = outboxOf();
    for (let i = 0; i < 100; i += 1) outbox.emit('ready', event(`${i}`));
    await quiet();
    expect(stored).toEqual([]);
    clock.advance(5);
    await until(() => stored.length === 100);
    expect(stored).toEqual(Array.from({ length: 100 }, (_, i) => `${i}`));
  });

  it('keeps events while the bus is away, the newest of them', async () => {
    const { outbox, clock, stored, state, warned } = outboxOf(2);
    state.failure = away;
    outbox.emit('ready', event('a'));
    clock.advance(5);
    await quiet();
    state.failure = undefined;
    for (const id of ['b', 'c', 'd']) outbox.emit('ready', event(id));
    await until(() => {
      clock.advance(2_000);
      return stored.length === 2;
    });
    expect(stored).toEqual(['c', 'd']);
    expect(outbox.dropped).toBe(2);
    expect(warned).toHaveLength(1);
  });

  it('does not hold others up for an event that can never be stored', async () => {
    const { outbox, stored, state, warned } = outboxOf();
    state.failure = new PlatformError('invalid_argument', 'no such subject');
    outbox.emit('ready', event('a'));
    await outbox.flushed();
    state.failure = undefined;
    outbox.emit('ready', event('b'));
    await outbox.flushed();
    expect(stored).toEqual(['b']);
    expect(warned).toHaveLength(1);
  });

  it('gives up at its end after a while, and says what was lost', async () => {
    const { outbox, clock, state, warned } = outboxOf();
    state.failure = away;
    outbox.emit('ready', event('a'));
    clock.advance(5);
    await quiet();
    const closed = outbox.close(1_000);
    await until(() => {
      clock.advance(100);
      return warned.length > 0;
    });
    await closed;
  });
});
