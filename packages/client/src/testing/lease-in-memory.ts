// One leased sandbox of an in-memory platform, for the tests of one block.
import { afterAll, beforeAll } from 'vitest';
import { connect } from '../connect.ts';
import type { LeasedSandbox } from '../sandbox.ts';
import { type InMemoryPlatform, startInMemoryPlatform } from './in-memory-platform.ts';

export interface LeaseUnderTest {
  readonly platform: InMemoryPlatform;
  readonly sandbox: LeasedSandbox;
}

/** Usable once `beforeAll` is over. */
export function useLease(): LeaseUnderTest {
  const opened = new AsyncDisposableStack();
  let made: LeaseUnderTest | undefined;
  beforeAll(async () => {
    const platform = await startInMemoryPlatform();
    opened.defer(() => platform.close());
    const client = opened.use(await connect({ address: platform.address }));
    made = { platform, sandbox: await client.acquire({ template: 'python', userId: 'ada' }) };
  });
  afterAll(() => opened.disposeAsync());
  const ready = () => {
    if (made === undefined) throw new Error('The platform is not running.');
    return made;
  };
  return {
    get platform() {
      return ready().platform;
    },
    get sandbox() {
      return ready().sandbox;
    },
  };
}
