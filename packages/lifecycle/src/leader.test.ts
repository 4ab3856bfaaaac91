import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock } from './clock.ts';
import { leaderCheck } from './leader.ts';
import { type Candidate, createElectorate, settle } from './testing/candidates.ts';

const endAll = (candidates: readonly Candidate[]) =>
  Promise.all(candidates.map((candidate) => candidate.election.stop()));

describe('an election', () => {
  it('makes the first candidate leader, and tells the second who leads', async () => {
    const electorate = createElectorate();
    const a = await electorate.stand('a');
    const b = await electorate.stand('b');
    const leader = { holder: 'a', address: 'a:1', epoch: 1 };
    expect([a.election.isLeader(), b.election.isLeader()]).toEqual([true, false]);
    expect([a.election.leader(), b.election.leader()]).toEqual([leader, leader]);
    await endAll([a, b]);
  });

  it('says why nobody is served while there is no leader', async () => {
    expect(leaderCheck(undefined)).toEqual({
      ...{ name: 'leader', ok: false, reason: 'nobody leads at the moment' },
    });
    const a = await createElectorate().stand('a');
    expect(leaderCheck(a.election)).toEqual({ name: 'leader', ok: true });
    await endAll([a]);
  });

  it('keeps its leader for as long as it renews', async () => {
    const electorate = createElectorate();
    const a = await electorate.stand('a');
    const b = await electorate.stand('b');
    await electorate.advance(30_000);
    expect(electorate.terms).toHaveLength(1);
    expect(a.election.isLeader()).toBe(true);
    await endAll([a, b]);
  });

  it('hands over at once when the leader stops, with a greater epoch', async () => {
    const electorate = createElectorate();
    const a = await electorate.stand('a');
    const b = await electorate.stand('b');
    await a.election.stop();
    await settle();
    expect(b.election.isLeader()).toBe(true);
    expect(b.election.leader()).toEqual({ holder: 'b', address: 'b:1', epoch: 2 });
    expect(electorate.clock.monotonicMs()).toBe(0);
    await endAll([a, b]);
  });

  it('hands over only when the work of the term has ended', async () => {
    const electorate = createElectorate();
    const finish = Promise.withResolvers<void>();
    const a = await electorate.stand('a', { work: () => finish.promise });
    const b = await electorate.stand('b');
    const stopped = a.election.stop();
    await settle();
    expect(electorate.terms[0]?.signal.aborted).toBe(true);
    expect(b.election.isLeader()).toBe(false);
    finish.resolve();
    await stopped;
    await settle();
    expect(b.election.isLeader()).toBe(true);
    await endAll([a, b]);
  });

  it('ends the term of a leader that cannot renew before another can begin', async () => {
    const electorate = createElectorate();
    const a = await electorate.stand('a');
    const b = await electorate.stand('b');
    a.cut = true;
    await electorate.advance(7_000);
    const [first, second] = electorate.terms;
    expect(first?.endedAtMs).toBe(4_000);
    expect(second).toMatchObject({ holder: 'b', epoch: 2 });
    expect(second?.startedAtMs).toBeGreaterThanOrEqual(5_000);
    expect(second?.startedAtMs).toBeLessThanOrEqual(5_600);
    expect(a.election.isLeader()).toBe(false);
    a.cut = false;
    await electorate.advance(1_000);
    expect(a.election.leader()).toEqual(b.election.leader());
    await endAll([a, b]);
  });

  it('outlives a bus that is away for three seconds', async () => {
    const electorate = createElectorate();
    const a = await electorate.stand('a');
    a.cut = true;
    await electorate.advance(2_900);
    a.cut = false;
    await electorate.advance(10_000);
    expect(electorate.terms).toHaveLength(1);
    expect(a.election.isLeader()).toBe(true);
    await endAll([a]);
  });

  it('knows its own renewal whose answer was lost', async () => {
    const electorate = createElectorate();
    const a = await electorate.stand('a');
    a.losesAnswers = true;
    await electorate.advance(1_500);
    a.losesAnswers = false;
    await electorate.advance(10_000);
    expect(electorate.terms).toHaveLength(1);
    expect(a.election.isLeader()).toBe(true);
    await endAll([a]);
  });

  it('never lets a process that was frozen believe that it leads', async () => {
    const electorate = createElectorate();
    const own = new ManualClock();
    const a = await electorate.stand('a', { clock: own });
    const b = await electorate.stand('b');
    await electorate.advance(6_000);
    expect(electorate.terms.map(({ holder, epoch }) => [holder, epoch])).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
    own.advance(6_000);
    expect(a.election.isLeader()).toBe(false);
    await settle();
    expect(b.election.isLeader()).toBe(true);
    await endAll([a, b]);
  });

  it('ends a term whose key was taken away', async () => {
    const electorate = createElectorate();
    const a = await electorate.stand('a');
    await (await electorate.bus.bucket('leaders')).remove('scheduler');
    await electorate.advance(2_000);
    expect(electorate.terms.map(({ epoch }) => epoch)).toEqual([1, 2]);
    expect(electorate.terms[0]?.endedAtMs).toBe(1_000);
    await endAll([a]);
  });

  it('breaks when the work of the leader breaks, and lets another lead', async () => {
    const electorate = createElectorate();
    const broken = new Error('the queue is damaged');
    const a = await electorate.stand('a', { work: () => Promise.reject(broken) });
    await expect(a.election.done).rejects.toBe(broken);
    const b = await electorate.stand('b');
    expect(b.election.leader()?.epoch).toBe(2);
    await endAll([b]);
  });

  it('waits for a bus that is away when it begins', async () => {
    const electorate = createElectorate();
    electorate.bus.setStatus('disconnected');
    const a = await electorate.stand('a');
    expect(a.election.leader()).toBeUndefined();
    electorate.bus.setStatus('connected');
    await electorate.advance(500);
    expect(a.election.isLeader()).toBe(true);
    await endAll([a]);
  });

  it('takes no record from what others wrote into the bucket', async () => {
    const electorate = createElectorate();
    const leaders = await electorate.bus.bucket('leaders');
    await leaders.put('scheduler', Buffer.from('nonsense'));
    const a = await electorate.stand('a');
    expect(a.election.leader()).toBeUndefined();
    await electorate.advance(6_000);
    expect(a.election.isLeader()).toBe(true);
    await endAll([a]);
  });
});

describe('whatever happens to its candidates', () => {
  const event = fc.oneof(
    fc.record({ kind: fc.constantFrom('cut', 'heal', 'lose_answers'), who: fc.nat(2) }),
    fc.record({ kind: fc.constant('stop'), who: fc.nat(2) }),
    fc.record({ kind: fc.constant('wait'), who: fc.integer({ min: 1, max: 70 }) }),
    fc.record({ kind: fc.constant('wait'), who: fc.integer({ min: 40, max: 70 }) }),
  );

  it('an election gives no epoch twice, and has one leader at a time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 12 }), async (events) => {
        const electorate = createElectorate();
        const candidates = await Promise.all(['a', 'b', 'c'].map((name) => electorate.stand(name)));
        const leading = () => candidates.filter((candidate) => candidate.election.isLeader());
        for (const { kind, who } of events) {
          const candidate = candidates[who];
          if (kind === 'wait') await electorate.advance(who * 100);
          else if (kind === 'stop') await candidate?.election.stop();
          else if (candidate !== undefined) {
            candidate.cut = kind === 'cut';
            candidate.losesAnswers = kind === 'lose_answers';
          }
          await settle();
          expect(leading().length).toBeLessThanOrEqual(1);
        }
        const epochs = electorate.terms.map((term) => term.epoch);
        expect(epochs).toEqual([...new Set(epochs)].toSorted((a, b) => a - b));
        await endAll(candidates);
      }),
      { numRuns: 100 },
    );
  });
});
