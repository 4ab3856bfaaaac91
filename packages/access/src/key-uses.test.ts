import { PlatformError } from '@pilotlight/contracts';
import { ManualClock } from '@pilotlight/lifecycle';
import { expect, it } from 'vitest';
import { KeyUses } from './key-uses.ts';

it('tells of the first use in each minute of each key', () => {
  const clock = new ManualClock(new Date('2026-01-01T00:00:30Z'));
  const put: string[] = [];
  const uses = new KeyUses(clock, {
    put: async (key, value) => put.push(`${key} ${Buffer.from(value).toString()}`),
  });
  for (const id of ['one', 'one', 'two']) uses.note(id);
  clock.advance(29_999);
  uses.note('one');
  clock.advance(1);
  uses.note('one');
  expect(put).toEqual([
    'one 2026-01-01T00:00:00.000Z',
    'two 2026-01-01T00:00:00.000Z',
    'one 2026-01-01T00:01:00.000Z',
  ]);
});

it.each([
  ['rejects', () => Promise.reject(new PlatformError('unavailable', 'no bus'))],
  [
    'throws',
    () => {
      throw new Error('no bus');
    },
  ],
])('forgets a use where telling of it %s', async (_, put) => {
  let attempts = 0;
  const counted = () => {
    attempts += 1;
    return put();
  };
  const clock = new ManualClock();
  const uses = new KeyUses(clock, { put: counted });
  uses.note('one');
  uses.note('one');
  expect(attempts).toBe(1);
  clock.advance(60_000);
  uses.note('one');
  expect(attempts).toBe(2);
  // A rejection that nobody heard would end the process by now.
  await new Promise((resolve) => setImmediate(resolve));
});
