import { setImmediate } from 'node:timers/promises';
import { Entitlements, Execution, ExecutionResult, type Principal } from '@pilotlight/contracts';
import { ManualClock } from '@pilotlight/lifecycle';
import { createMemoryBus, type MemoryBus } from '@pilotlight/messaging';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CachesRig, cachesRig } from '../testing/caches-rig.ts';
import { MemoryStore } from '../testing/memory-store.ts';
import { templateTag } from './catalogue.ts';

const minuteMs = 60_000;

let bus: MemoryBus;
let clock: ManualClock;
let store: MemoryStore;
let rig: CachesRig;
let looked: string[];

beforeEach(async () => {
  bus = createMemoryBus();
  clock = new ManualClock();
  store = new MemoryStore();
  looked = [];
  rig = await cachesRig(bus, {
    ...{ clock, store },
    observer: {
      looked: (segment, layer, outcome) => void looked.push(`${segment} ${layer} ${outcome}`),
      evicted() {},
    },
  });
});
afterEach(async () => {
  await rig.close();
  await bus.close();
});

/** Answers with how often it was asked. */
function question(ttlMs = minuteMs, tags: string[] = []) {
  let asked = 0;
  return {
    ...{ of: ['pools'], ttlMs, tags },
    load: async () => {
      asked += 1;
      return asked;
    },
  };
}

describe('metadata', () => {
  it('is asked once for callers at the same time, and again when it is old', async () => {
    const asked = question(1_000);
    const { metadata } = rig.caches;
    const both = [metadata.answer(asked), metadata.answer(asked)];
    expect(await Promise.all(both)).toEqual([1, 1]);
    expect(await metadata.answer(asked)).toBe(1);
    clock.advance(1_002);
    expect(await metadata.answer(asked)).toBe(2);
  });

  it('is not kept where it failed', async () => {
    const failing = { ...question(), load: () => Promise.reject(new Error('away')) };
    await expect(rig.caches.metadata.answer(failing)).rejects.toThrow('away');
    expect(await rig.caches.metadata.answer(question())).toBe(1);
  });

  it('is asked again when a template has changed', async () => {
    const asked = question(minuteMs, [templateTag('python')]);
    const changed = new Promise<void>((resolve) => rig.versions.onChange(resolve));
    expect(await rig.caches.metadata.answer(asked)).toBe(1);
    const template = { name: 'python', aliases: [] };
    await (await bus.bucket('templates')).put('python', Buffer.from(JSON.stringify(template)));
    await changed;
    expect(await rig.caches.metadata.answer(asked)).toBe(2);
  });

  it('is refreshed before it expires where it is asked for often, off-peak', async () => {
    const asked = question();
    for (let time = 0; time < 10; time += 1) await rig.caches.metadata.answer(asked);
    clock.advance(minuteMs / 2);
    await rig.caches.tidy();
    clock.advance(minuteMs - 1);
    expect(await rig.caches.metadata.answer(asked)).toBe(2);
  });
});

it('what is hot on disk is in memory again after a restart, before anyone asks', async () => {
  const asked = question();
  for (let time = 0; time < 10; time += 1) await rig.caches.metadata.answer(asked);
  await rig.caches.tidy();
  const later = await cachesRig(bus, { clock, store });
  expect(inMemory(later)).toEqual([]);
  await later.caches.tidy();
  expect(inMemory(later)).toEqual(['metadata']);
  await later.close();
});

function inMemory({ caches }: CachesRig): string[] {
  const used = caches.bytes().filter(({ layer, bytes }) => layer === 'memory' && bytes > 0);
  return used.map(({ segment }) => segment);
}

it('nothing is preloaded while there is a lot to do', async () => {
  const later = await cachesRig(bus, { clock, store });
  const ended = new AbortController();
  const following = later.caches.follow(ended.signal);
  for (let minute = 0; minute < 3; minute += 1) {
    await setImmediate();
    for (let count = 0; count < 1_000; count += 1) later.caches.countRequest();
    clock.advance(minuteMs);
  }
  const asked = question();
  for (let time = 0; time < 10; time += 1) await rig.caches.metadata.answer(asked);
  await rig.caches.tidy();
  await later.caches.tidy();
  expect(inMemory(later)).toEqual([]);
  ended.abort();
  await following;
  await later.close();
});

describe('an execution that has ended', () => {
  const caller = (project: string): Principal => ({
    ...{ keyHash: '', keyId: '', project, userId: '', role: 'project' },
    entitlements: Entitlements.create(),
  });
  const execution = Execution.create({
    ...{ executionId: 'e1', status: 'completed', userId: 'blue:ann' },
    result: ExecutionResult.create({ executionId: 'e1', status: 'completed' }),
  });

  it('is found by whom it belongs to, and by nobody else', () => {
    const { executions } = rig.caches;
    executions.keep(execution);
    expect(executions.find(caller('blue'), 'e1')).toMatchObject({ userId: 'blue:ann' });
    expect(executions.find(caller('green'), 'e1')).toBeUndefined();
    expect(executions.find(caller('blue'), 'e2')).toBeUndefined();
  });

  it('is not kept before', () => {
    const { executions } = rig.caches;
    executions.keep(Execution.create({ ...execution, status: 'running', result: undefined }));
    expect(executions.find(caller('blue'), 'e1')).toBeUndefined();
  });
});

it('lookups are seen by segment and layer', async () => {
  const asked = question();
  await rig.caches.metadata.answer(asked);
  await rig.caches.metadata.answer(asked);
  expect(looked).toEqual(['metadata memory miss', 'metadata disk miss', 'metadata memory hit']);
});
