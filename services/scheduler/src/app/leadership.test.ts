import { ManualClock } from '@pilotlight/lifecycle';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Rig } from '../testing/rig.ts';
import { Leadership } from './leadership.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.close());

const { signal } = new AbortController();

function candidate(leader: string | undefined, isLeader = false) {
  const clock = new ManualClock();
  const state = { leader, isLeader };
  const election = {
    isLeader: () => state.isLeader,
    leader: () =>
      state.leader === undefined ? undefined : { holder: 'h', address: state.leader, epoch: 1 },
  };
  const options = { clock, election: () => election, peerAt: (address: string) => address };
  return { clock, state, leadership: new Leadership<string>(options) };
}

describe('a call', () => {
  it('goes to whoever leads', async () => {
    const { leadership } = candidate('other:1');
    expect(await leadership.find(signal)).toEqual({ kind: 'there', peer: 'other:1' });
  });

  it('is answered here in a term of our own, and no longer when that is over', async () => {
    const { leadership, state } = candidate('self:1', true);
    const uses = await rig.lead();
    const term = new AbortController();
    await leadership.open(Promise.resolve(uses), term.signal);
    expect(await leadership.find(signal)).toEqual({ kind: 'here', term: uses });
    state.isLeader = false;
    expect(leadership.term).toBeUndefined();
    term.abort();
    state.leader = 'other:1';
    expect(await leadership.find(signal)).toEqual({ kind: 'there', peer: 'other:1' });
  });

  it('waits a moment where nobody leads, then says that another try may work', async () => {
    const { clock, leadership, state } = candidate(undefined);
    const found = leadership.find(signal);
    await rig.settle();
    state.leader = 'late:1';
    clock.advance(25);
    expect(await found).toEqual({ kind: 'there', peer: 'late:1' });
    state.leader = undefined;
    const outcome = Promise.allSettled([leadership.find(signal)]);
    await rig.until(async () => {
      clock.advance(100);
      return (await Promise.race([outcome, undefined])) !== undefined;
    });
    expect(await outcome).toMatchObject([
      { reason: { code: 'unavailable', retry: { kind: 'after' } } },
    ]);
  });

  it('survives a term that ended while it began', async () => {
    const { leadership } = candidate(undefined);
    const term = new AbortController();
    term.abort();
    await leadership.open(Promise.reject(new Error('over')), term.signal);
    expect(leadership.term).toBeUndefined();
  });
});
