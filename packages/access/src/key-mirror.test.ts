import { PlatformError } from '@pilotlight/contracts';
import { ManualClock } from '@pilotlight/lifecycle';
import { createMemoryBus, type KeyValue, type KeyValueChange } from '@pilotlight/messaging';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { KeyMirror } from './key-mirror.ts';
import { storedKey } from './testing/stored-keys.ts';

const [one, two, admin] = ['1', '2', 'a'].map((digit) => digit.repeat(64)) as [
  string,
  string,
  string,
];

let clock: ManualClock;
let bus: ReturnType<typeof createMemoryBus>;
let bucket: KeyValue;
let mirror: KeyMirror;
let ended: AbortController;
let warnings: string[];
let following: Promise<void> | undefined;

beforeEach(async () => {
  clock = new ManualClock();
  bus = createMemoryBus();
  bucket = await bus.bucket('keys');
  mirror = new KeyMirror(clock, admin);
  ended = new AbortController();
  warnings = [];
});
afterEach(async () => {
  ended.abort();
  await following;
  await bus.close();
});

function follow(source: KeyValue = bucket): Promise<void> {
  const log = { warn: (_: object, message: string) => warnings.push(message) };
  following = mirror.follow(source, ended.signal, log);
  return mirror.ready;
}

/** Until the mirror has taken what was put before. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

it('is ready when it knows the keys that were there', async () => {
  await bucket.put(one, storedKey({ userId: 'blue:ann' }, { requestsPerMinute: 7 }));
  await bucket.put(two, storedKey({ active: false }));
  await follow();
  expect(mirror.find(one)?.principal).toMatchObject({
    ...{ keyHash: one, keyId: 'key-1', project: 'blue', userId: 'blue:ann', role: 'project' },
    entitlements: { plan: 'standard', priority: 'normal', requestsPerMinute: 7 },
  });
  expect(mirror.find(two)).toBeUndefined();
});

it('learns of new keys', async () => {
  await follow();
  expect(mirror.find(one)).toBeUndefined();
  await bucket.put(one, storedKey({ role: 'admin' }));
  await settled();
  expect(mirror.find(one)?.principal.role).toBe('admin');
});

it("knows a project's plan as long as one of its keys is active", async () => {
  await bucket.put(one, storedKey({}, { timeout: 5 }));
  await bucket.put(two, storedKey({}, { timeout: 5 }));
  await follow();
  expect(mirror.entitlementsOf('blue')?.timeout).toBe(5);
  expect(mirror.entitlementsOf('red')).toBeUndefined();
  await bucket.put(one, storedKey({ active: false }));
  await bucket.put(two, storedKey({}, { timeout: 6 }));
  await settled();
  expect(mirror.entitlementsOf('blue')?.timeout).toBe(6);
  await bucket.remove(two);
  await settled();
  expect(mirror.entitlementsOf('blue')).toBeUndefined();
});

it('takes a role that it does not know for the lesser one', async () => {
  await bucket.put(one, storedKey({ role: 'emperor' }));
  await follow();
  expect(mirror.find(one)?.principal.role).toBe('project');
});

it('puts a key under new terms without ending its calls', async () => {
  await bucket.put(one, storedKey());
  await follow();
  const before = mirror.find(one);
  await bucket.put(one, storedKey({}, { priority: 'high' }));
  await settled();
  const after = mirror.find(one);
  expect(after?.principal.entitlements.priority).toBe('high');
  expect(before?.revoked.aborted).toBe(false);
  await bucket.put(one, storedKey({ active: false }));
  await settled();
  expect(before?.revoked.aborted).toBe(true);
});

it.each([
  ['revoked', () => bucket.put(one, storedKey({ active: false }))],
  ['removed', () => bucket.remove(one)],
  ['unreadable', () => bucket.put(one, Buffer.from('no JSON'))],
])('ends the calls of a key that is %s', async (_, end) => {
  await bucket.put(one, storedKey());
  await bucket.put(two, storedKey());
  await follow();
  const held = mirror.find(one);
  const other = mirror.find(two);
  await end();
  await settled();
  expect(mirror.find(one)).toBeUndefined();
  expect(held?.revoked.reason).toMatchObject({ code: 'unauthenticated' });
  expect(other?.revoked.aborted).toBe(false);
});

it('tells of an entry that it cannot read', async () => {
  await bucket.put(one, Buffer.from('[]'));
  await follow();
  expect(warnings).toEqual(['keys: an entry cannot be read']);
});

it('lets nothing in the bucket change the admin key', async () => {
  await follow();
  const held = mirror.find(admin);
  for (const value of [storedKey({ active: false }), storedKey({ role: 'project' })]) {
    await bucket.put(admin, value);
  }
  await bucket.remove(admin);
  await settled();
  expect(mirror.find(admin)).toBe(held);
  expect(held?.principal).toMatchObject({ role: 'admin', project: 'local' });
  expect(held?.revoked.aborted).toBe(false);
});

it('watches anew when the watch breaks, and keeps what it knows meanwhile', async () => {
  let watches = 0;
  const breaking: KeyValue = {
    ...bucket,
    async *watch(signal): AsyncGenerator<KeyValueChange> {
      watches += 1;
      if (watches > 1) return yield* bucket.watch(signal);
      yield { kind: 'put', entry: { key: one, value: storedKey(), revision: 1 } };
      yield { kind: 'caught_up' };
      throw new PlatformError('unavailable', 'gone');
    },
  };
  await follow(breaking);
  const held = mirror.find(one);
  await bucket.put(one, storedKey({ active: false }));
  await settled();
  expect(warnings).toEqual(['keys: watch broke']);
  expect(mirror.find(one)).toBe(held);
  clock.advance(500);
  await settled();
  expect(mirror.find(one)).toBeUndefined();
  expect(held?.revoked.aborted).toBe(true);
});
