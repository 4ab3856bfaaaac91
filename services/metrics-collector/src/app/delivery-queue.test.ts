import { Alert, PlatformError } from '@pilotlight/contracts';
import { ManualClock } from '@pilotlight/lifecycle';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type DeliveryOptions,
  DeliveryQueue,
  deliveryAttempts,
  deliveryCapacity,
  deliveryTimeoutMs,
} from './delivery-queue.ts';

let clock: ManualClock;
let outcomes: string[];
let warnings: object[];
let queue: DeliveryQueue;

function createQueue(deliver: DeliveryOptions['deliver']): DeliveryQueue {
  return new DeliveryQueue({
    channel: 'webhook',
    clock,
    logger: { warn: (fields) => void warnings.push(fields) },
    deliver,
    count: (outcome) => void outcomes.push(outcome),
  });
}

beforeEach(() => {
  clock = new ManualClock();
  outcomes = [];
  warnings = [];
});

afterEach(() => queue.stop());

const alert = (name: string) => Alert.create({ name, severity: 'warning', state: 'firing' });

/** Lets everything go on that waits for nothing but promises. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe('DeliveryQueue', () => {
  it('delivers in order, one at a time', async () => {
    const seen: string[] = [];
    let atOnce = 0;
    queue = createQueue(async ({ name }) => {
      atOnce += 1;
      expect(atOnce).toBe(1);
      await Promise.resolve();
      atOnce -= 1;
      seen.push(name);
    });
    for (const name of ['a', 'b', 'c']) queue.tell(alert(name));
    await settle();
    expect(seen).toEqual(['a', 'b', 'c']);
    queue.tell(alert('d'));
    await settle();
    expect(outcomes).toEqual(['delivered', 'delivered', 'delivered', 'delivered']);
  });

  it('tries again while the receiver is away, and gives up after some tries', async () => {
    let tries = 0;
    queue = createQueue(async () => {
      tries += 1;
      throw new PlatformError('unavailable', 'away');
    });
    queue.tell(alert('a'));
    for (let waited = 0; waited < deliveryAttempts; waited += 1) {
      await settle();
      clock.advance(16_000);
    }
    expect(tries).toBe(deliveryAttempts);
    expect(outcomes).toEqual([...Array(deliveryAttempts - 1).fill('retried'), 'failed']);
    expect(warnings).toMatchObject([{ channel: 'webhook', alert: 'a', problem: 'away' }]);
  });

  it('does not try again what is refused for good, and goes on with the next', async () => {
    queue = createQueue(async ({ name }) => {
      if (name === 'a') throw new PlatformError('failed_precondition', 'no');
    });
    queue.tell(alert('a'));
    queue.tell(alert('b'));
    await settle();
    expect(outcomes).toEqual(['failed', 'delivered']);
  });

  it('gives a receiver that hangs its time and no more, whether it heeds the signal or not', async () => {
    let tries = 0;
    queue = createQueue(async ({ name }) => {
      if (name !== 'hangs') return;
      tries += 1;
      await new Promise(() => {});
    });
    queue.tell(alert('hangs'));
    queue.tell(alert('next'));
    for (let attempt = 1; attempt <= deliveryAttempts; attempt += 1) {
      await settle();
      expect(tries).toBe(attempt);
      clock.advance(deliveryTimeoutMs);
      await settle();
      clock.advance(16_000);
    }
    expect(outcomes.slice(-2)).toEqual(['failed', 'delivered']);
  });

  it('keeps no more than so many, and those the newest', async () => {
    const release = Promise.withResolvers<void>();
    const seen: string[] = [];
    queue = createQueue(async ({ name }) => {
      await release.promise;
      seen.push(name);
    });
    for (let index = 0; index < deliveryCapacity + 3; index += 1) queue.tell(alert(`${index}`));
    expect(outcomes).toEqual(['dropped', 'dropped']);
    release.resolve();
    while (outcomes.length < deliveryCapacity + 3) await settle();
    expect(seen.slice(0, 2)).toEqual(['0', '3']);
    expect(seen.at(-1)).toBe(`${deliveryCapacity + 2}`);
  });

  it('ends at once, in the middle of a try or of a wait', async () => {
    queue = createQueue(() => new Promise(() => {}));
    queue.tell(alert('a'));
    await queue.stop();
    queue.tell(alert('b'));
    expect(outcomes).toEqual([]);

    queue = createQueue(async () => {
      throw new PlatformError('unavailable', 'away');
    });
    queue.tell(alert('a'));
    await settle();
    await queue.stop();
    expect(outcomes).toEqual(['retried']);
  });
});
