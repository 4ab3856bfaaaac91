import { setImmediate } from 'node:timers/promises';
import { Entitlements, type Principal } from '@pilotlight/contracts';
import { ManualClock } from '@pilotlight/lifecycle';
import { expect, it } from 'vitest';
import { type FeedItem, LiveFeed } from './live-feed.ts';

const someone: Principal = {
  ...{ keyHash: 'h', keyId: 'k', project: 'blue', userId: '', role: 'project' },
  entitlements: Entitlements.create(),
};
const item = (text: string, more: Partial<FeedItem> = {}): FeedItem => {
  return { event: 'sandbox', text, isFor: () => true, ...more };
};

function rig() {
  const running: { readonly emit: (item: FeedItem) => void; readonly signal: AbortSignal }[] = [];
  const log = { warn: () => undefined };
  const feed = new LiveFeed({
    ...{ clock: new ManualClock(), log },
    sources: [
      (emit, signal) => {
        running.push({ emit, signal });
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
      },
    ],
  });
  return { feed, running };
}

it('runs its sources once, and only while somebody looks on', async () => {
  const { feed, running } = rig();
  const [one, two] = [feed.join(someone), feed.join(someone)];
  expect(running).toHaveLength(1);
  feed.leave(one);
  expect(running[0]?.signal.aborted).toBe(false);
  feed.leave(two);
  expect(running[0]?.signal.aborted).toBe(true);
  await setImmediate();
  feed.leave(feed.join(someone));
  expect(running).toHaveLength(2);
});

it('tells who comes later how things are', async () => {
  const { feed, running } = rig();
  feed.join(someone);
  running[0]?.emit(item('old', { event: 'pools', isState: true }));
  running[0]?.emit(item('new', { event: 'pools', isState: true }));
  running[0]?.emit(item('past'));
  const late = feed.join(someone).items();
  expect((await late.next()).value).toMatchObject({ event: 'pools', text: 'new' });
});

it('drops the oldest for a slow reader, and says how many', async () => {
  const { feed, running } = rig();
  const items = feed.join(someone).items();
  for (let count = 1; count <= 1_010; count += 1) running[0]?.emit(item(String(count)));
  expect((await items.next()).value).toEqual({ event: 'dropped', text: '{"count":10}' });
  expect((await items.next()).value).toMatchObject({ text: '11' });
  running[0]?.emit(item('x'.repeat(600 * 1024)));
  expect((await items.next()).value).toEqual({ event: 'dropped', text: '{"count":1000}' });
});

it('keeps from somebody what is not for them', async () => {
  const { feed, running } = rig();
  const items = feed.join(someone).items();
  running[0]?.emit(item('other', { isFor: ({ project }) => project === 'green' }));
  running[0]?.emit(item('own', { isFor: ({ project }) => project === 'blue' }));
  expect((await items.next()).value).toMatchObject({ text: 'own' });
});
