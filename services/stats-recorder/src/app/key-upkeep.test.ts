import { PlatformError } from '@pilotlight/contracts';
import { ManualClock } from '@pilotlight/lifecycle';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentOutages } from '../testing/outages.ts';
import type { KeyStore } from './key-ports.ts';
import { KeyUpkeep } from './key-upkeep.ts';

let clock: ManualClock;
let outages: ReturnType<typeof silentOutages>;
let rounds: number;
let failure: Error | undefined;
let warnings: string[];
let upkeep: KeyUpkeep;
let ended: AbortController;
let running: Promise<void>;

beforeEach(() => {
  clock = new ManualClock();
  outages = silentOutages();
  rounds = 0;
  failure = undefined;
  warnings = [];
  ended = new AbortController();
  const empty = async () => new Map();
  const unused = async (): Promise<never> => {
    throw new Error('there is nothing to correct');
  };
  const store: KeyStore = {
    ...{ plans: unused, putPlan: unused, createProject: unused, projects: unused },
    ...{ setProjectPlan: unused, createKey: unused, removeKey: unused, keys: unused },
    ...{ revoke: unused, adopt: unused, noteUses: unused },
    async rows() {
      rounds += 1;
      if (failure !== undefined) throw failure;
      return new Map();
    },
  };
  upkeep = new KeyUpkeep({
    ...{ store, outages, clock, uses: { all: empty } },
    mirror: { all: empty, put: unused, revoke: unused },
    logger: { info: () => undefined, warn: (_, text) => warnings.push(text) },
  });
});
afterEach(async () => {
  ended.abort();
  await running;
});

async function settled(): Promise<number> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  return rounds;
}

it('makes a round at the start, and every minute', async () => {
  running = upkeep.run(ended.signal);
  expect(await settled()).toBe(1);
  clock.advance(59_999);
  expect(await settled()).toBe(1);
  clock.advance(1);
  expect(await settled()).toBe(2);
});

it('makes one when the database comes back, and when it is asked to', async () => {
  running = upkeep.run(ended.signal);
  await settled();
  outages.succeeded('somebody');
  expect(await settled()).toBe(2);
  upkeep.hurry();
  expect(await settled()).toBe(3);
});

it('tries again soon after a failure, and tells of it where others do not', async () => {
  failure = new PlatformError('unavailable', 'no database');
  running = upkeep.run(ended.signal);
  await settled();
  clock.advance(250);
  expect(await settled()).toBe(2);
  expect(warnings).toEqual([]);
  failure = new Error('relation "api_keys" does not exist');
  for (let n = 0; n < 3; n += 1) {
    clock.advance(5_000);
    await settled();
  }
  expect(rounds).toBe(5);
  expect(warnings).toHaveLength(1);
});
