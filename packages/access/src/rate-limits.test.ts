import { Entitlements, type Principal } from '@pilotlight/contracts';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RateLimits } from './rate-limits.ts';

function holder(keyHash: string, bounds: Partial<Entitlements>): Principal {
  const entitlements = Entitlements.fromPartial(bounds);
  return { keyHash, keyId: keyHash, project: 'blue', userId: '', role: 'project', entitlements };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

it('allows so many calls in a minute, and says what is left of it', async () => {
  const rates = new RateLimits();
  const ann = holder('ann', { requestsPerMinute: 2 });
  const count = () => rates.count(ann, 'request');
  expect(await count()).toEqual({ allowed: true, limit: 2, remaining: 1, resetMs: 60_000 });
  await vi.advanceTimersByTimeAsync(20_000);
  expect(await count()).toEqual({ allowed: true, limit: 2, remaining: 0, resetMs: 40_000 });
  expect(await count()).toEqual({ allowed: false, limit: 2, remaining: 0, resetMs: 40_000 });
  await vi.advanceTimersByTimeAsync(40_000);
  expect(await count()).toMatchObject({ allowed: true, remaining: 1 });
});

it('counts each key and each kind for itself', async () => {
  const rates = new RateLimits();
  const bounds = { requestsPerMinute: 1, queriesPerMinute: 1 };
  const [ann, bob] = [holder('ann', bounds), holder('bob', bounds)];
  expect((await rates.count(ann, 'request')).allowed).toBe(true);
  expect((await rates.count(ann, 'request')).allowed).toBe(false);
  expect((await rates.count(ann, 'query')).allowed).toBe(true);
  expect((await rates.count(bob, 'request')).allowed).toBe(true);
});

it('bounds nobody by 0', async () => {
  const rates = new RateLimits();
  const ann = holder('ann', {});
  for (let n = 0; n < 100; n += 1) {
    expect(await rates.count(ann, 'request')).toMatchObject({ allowed: true, limit: 0 });
  }
});

it('starts a new count under a new limit', async () => {
  const rates = new RateLimits();
  await rates.count(holder('ann', { queriesPerMinute: 1 }), 'query');
  const raised = await rates.count(holder('ann', { queriesPerMinute: 3 }), 'query');
  expect(raised).toMatchObject({ allowed: true, limit: 3, remaining: 2 });
});
