import { setImmediate } from 'node:timers/promises';
import { type ExecutionInput, PlatformError } from '@pilotlight/contracts';
import { ManualClock } from '@pilotlight/lifecycle';
import { expect, it } from 'vitest';
import { InputQueue } from './input-queue.ts';

type Input = NonNullable<ExecutionInput['input']>;
const data = (text: string): Input => ({ $case: 'data', data: Buffer.from(text) });

function rig(send: (input: Input) => Promise<unknown>) {
  const refused: PlatformError[] = [];
  const clock = new ManualClock();
  const over = new AbortController();
  const onRefused = (error: PlatformError) => void refused.push(error);
  const queue = new InputQueue({ clock, send, onRefused, signal: over.signal });
  return { queue, refused, clock, over };
}

it('sends one piece after the other, from the start on', async () => {
  const sent: Input[] = [];
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const { queue } = rig((input) => {
    sent.push(input);
    return gates[sent.length - 1]?.promise ?? Promise.resolve();
  });
  queue.push(data('a'));
  queue.push(data('b'));
  await setImmediate();
  expect(sent).toEqual([]);
  queue.start();
  await setImmediate();
  expect(sent).toEqual([data('a')]);
  gates[0]?.resolve();
  await setImmediate();
  expect(sent).toEqual([data('a'), data('b')]);
});

it('waits for the program, and tells once what was refused for good', async () => {
  const early = new PlatformError('failed_precondition', 'Early.', {
    retry: { kind: 'after', ms: 50 },
  });
  const ended = new PlatformError('failed_precondition', 'Ended.');
  const answers: (PlatformError | undefined)[] = [early, early, undefined, ended, undefined];
  const sent: Input[] = [];
  const { queue, refused, clock } = rig(async (input) => {
    sent.push(input);
    const answer = answers.shift();
    if (answer !== undefined) throw answer;
  });
  for (const text of ['a', 'b', 'c']) queue.push(data(text));
  queue.start();
  for (let turn = 0; turn < 5; turn += 1) {
    await setImmediate();
    clock.advance(1_000);
  }
  await setImmediate();
  expect(sent).toEqual(['a', 'a', 'a', 'b', 'c'].map(data));
  expect(refused).toEqual([ended]);
});

it('takes no more than a megabyte ahead of the program', () => {
  const { queue } = rig(async () => undefined);
  expect(queue.push(data('x'.repeat(1024 * 1024)))).toBe(false);
  const taken = Array.from({ length: 2_000 }, () => queue.push(data(''))).filter(Boolean);
  expect(taken).toHaveLength(1_024);
});
