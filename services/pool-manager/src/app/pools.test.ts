import { afterEach, beforeEach, expect, it } from 'vitest';
import { createWorld, entry, type World } from '../testing/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld([entry('javascript', 3, 12), entry('python', 4, 20)]);
});
afterEach(() => world.close());

it('lists what is there and what is wanted', async () => {
  const pools = [
    { template: 'python', ready: 2, creating: 1, leased: 3, problem: 'slow', version: '3.11.2' },
  ];
  await world.report('n1', { pools });
  world.pools.plan();
  expect(world.pools.list()[1]).toMatchObject({
    template: 'python',
    language: 'python',
    targetSize: 4,
    currentSize: 6,
    available: 2,
    creating: 1,
    leased: 3,
    lastScaleTime: world.clock.now(),
    problems: ['n1: slow'],
    versions: ['3.11.2'],
    preparing: [],
    isolation: 'default',
    unavailable: false,
    capped: false,
  });
});

it('says that it is capped where the nodes have no room', async () => {
  await world.report('n1', { sandboxSlots: 5 });
  world.pools.plan();
  expect(world.pools.list().map(({ targetSize, capped }) => [targetSize, capped])).toEqual([
    [3, false],
    [2, true],
  ]);
});

it('wants nothing of what cannot be made anywhere, and leaves its place to others', async () => {
  const pools = [{ template: 'python', problem: 'no python3', unavailable: true }];
  await world.report('n1', { sandboxSlots: 3, pools });
  const [plan] = world.pools.plan();
  expect(plan?.targets.map(({ warm }) => warm)).toEqual([3, 0]);
  expect(plan?.prepare).toContain('python');
  expect(world.pools.list()[1]).toMatchObject({ targetSize: 0, capped: false, unavailable: true });
});

it('changes only the fields of a policy that are set, and nothing where one is wrong', async () => {
  const changed = world.pools.setPolicy({ template: 'python', minSize: 6, ttl: 60 });
  expect(changed.policy).toMatchObject({ minSize: 6, maxSize: 20, ttl: 60 });
  expect(() => world.pools.setPolicy({ template: 'python', minSize: 30, ttl: 1 })).toThrow(
    /min_size: must be at most max_size \(20\); ttl: must be/,
  );
  expect(world.pools.list()[1]?.policy).toMatchObject({ minSize: 6, ttl: 60 });
  await world.report('n1');
  world.pools.plan();
  expect(world.pools.list()[1]?.targetSize).toBe(6);
});

it('predicts from the demand that it saw, and knows no other templates', async () => {
  await world.lease('python', 5);
  expect(world.pools.predict('python')).toMatchObject({
    template: 'python',
    predictedDemand: 2,
    confidence: 0.5,
    samples: 0,
  });
  const unknown = expect.objectContaining({
    code: 'not_found',
    message: 'template: "ruby" is none of javascript, python',
  });
  expect(() => world.pools.predict('ruby')).toThrow(unknown);
  expect(() => world.pools.setPolicy({ template: 'ruby' })).toThrow(unknown);
});
