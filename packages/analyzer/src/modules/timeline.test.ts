import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTimeline, MAX_MODULES, OVERFLOW_ID, type Timeline } from './timeline.ts';

const selfTimes = (timeline: Timeline) =>
  Object.fromEntries([...timeline.modules()].map((it) => [it.id, it.selfMs]));

test('what a module requires is not its own time', () => {
  const timeline = createTimeline(0);
  timeline.enter('a', undefined, 0);
  timeline.enter('b', 'a', 10);
  timeline.leave(30);
  timeline.leave(35);
  expect(selfTimes(timeline)).toEqual({ a: 15, b: 20 });
  expect([...timeline.modules()].map((it) => it.parent)).toEqual([undefined, 'a']);
});

test('linking is nobody’s time, bodies follow each other', () => {
  const timeline = createTimeline(0);
  timeline.fetching(undefined, 1);
  timeline.fetched('root', undefined, 3);
  timeline.fetching('root', 4);
  timeline.fetched('leaf', 'root', 6);
  timeline.linked(50);
  timeline.evaluated('leaf', 'root', 60);
  timeline.evaluated('root', undefined, 65);
  // root: 2 read, 1 compiled, 5 evaluated. What lies between the last file and linked is not counted.
  expect(selfTimes(timeline)).toEqual({ root: 8, leaf: 12 });
});

test('a body that imports dynamically ran until then', () => {
  const timeline = createTimeline(0);
  timeline.evaluated('before', undefined, 5);
  timeline.fetching('root', 25);
  timeline.fetched('late', 'root', 26);
  timeline.linked(30);
  timeline.evaluated('late', 'root', 31);
  timeline.evaluated('root', undefined, 33);
  expect(selfTimes(timeline)).toMatchObject({ root: 22, late: 2 });
});

test('time after a pause belongs to nobody', () => {
  const timeline = createTimeline(0);
  timeline.evaluated('a', undefined, 5);
  timeline.pause();
  timeline.fetching('a', 1000);
  timeline.fetched('b', 'a', 1001);
  expect(selfTimes(timeline)).toEqual({ a: 5, b: 1 });
});

test('past the bound, modules are summed', () => {
  const timeline = createTimeline(0);
  for (let index = 0; index < MAX_MODULES + 50; index += 1) {
    timeline.enter(`m${index}`, undefined, index);
    timeline.leave(index + 1);
  }
  const times = selfTimes(timeline);
  expect(Object.keys(times)).toHaveLength(MAX_MODULES + 1);
  expect(times[OVERFLOW_ID]).toBe(50);
});

test('no time is counted twice, whatever happens in whatever order', () => {
  const event = fc.record({
    kind: fc.constantFrom(
      'enter',
      'leave',
      'fetching',
      'fetched',
      'linked',
      'evaluated',
      'builtin',
      'pause',
    ),
    id: fc.constantFrom('a', 'b', 'c', 'd'),
    parent: fc.constantFrom(undefined, 'a', 'e'),
    ms: fc.integer({ min: 0, max: 20 }),
  });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const timeline = createTimeline(0);
      let at = 0;
      for (const { kind, id, parent, ms } of events) {
        const from = at;
        at += ms;
        if (kind === 'enter' || kind === 'fetched' || kind === 'evaluated') {
          timeline[kind](id, parent, at);
        } else if (kind === 'fetching') timeline.fetching(parent, at);
        else if (kind === 'builtin') timeline.builtin(id, parent, from, at);
        else if (kind === 'pause') timeline.pause();
        else timeline[kind](at);
      }
      const times = [...timeline.modules()].map((it) => it.selfMs);
      expect(times.every((it) => it >= 0)).toBe(true);
      expect(times.reduce((sum, it) => sum + it, 0)).toBeLessThanOrEqual(at);
    }),
    { seed: 6, numRuns: 500 },
  );
});
