import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failed, leased, received, requestId, stopped } from '../testing/events.ts';
import { containerStatsRow, mergeContainerStats } from './container-stats.ts';

describe('containerStatsRow', () => {
  it('says what the requester waited, and for how long they had it', () => {
    expect(containerStatsRow(stopped())).toMatchObject({
      id: requestId,
      container_id: 'sb_n1_i1_1',
      user_id: 'ada',
      s3_bucket: 'books',
      startup_time_ms: 2,
      acquisition_ms: 2.4,
      active_duration_ms: 10_000,
      shutdown_reason: 'manual',
      stop_reason: 'manual',
    });
  });

  it('leaves open what a lease does not know yet', () => {
    expect(containerStatsRow(leased())).toMatchObject({
      container_stopped_at: null,
      active_duration_ms: null,
      shutdown_reason: null,
      stop_reason: null,
    });
  });

  it('has no availability for a cold start that failed', () => {
    expect(containerStatsRow(failed())).toMatchObject({
      code_server_available_at: null,
      startup_time_ms: null,
      from_warm_pool: null,
      shutdown_reason: 'error',
      stop_reason: 'error',
      detail: 'no image',
    });
  });

  it("keeps '' where no bucket was given", () => {
    expect(containerStatsRow(leased({ s3Bucket: '', userId: '' }))).toMatchObject({
      s3_bucket: '',
      user_id: null,
    });
  });

  it('names every field that makes an event unusable', () => {
    const bad = leased({ sandboxId: '', requestReceivedAt: undefined });
    expect(() => containerStatsRow(bad)).toThrow(/sandbox_id.*request_received_at/);
  });
});

describe('mergeContainerStats', () => {
  const secondTry = {
    sandboxId: 'sb_n2_i1_1',
    node: 'n2',
    availableAt: new Date(received.getTime() + 20_000),
  };
  const histories = [
    ['a lease and its end', [leased(), stopped()], stopped()],
    ['a start that failed meanwhile', [leased(), stopped(), failed()], stopped()],
    ['two starts that failed', [failed(), failed({ sandboxId: 'sb_n1_i1_3' })], undefined],
    ['an attempt lost with its node', [leased(), leased(secondTry), stopped(secondTry)], undefined],
  ] as const;

  it.each(histories)('is the same row in any order: %s', (_, events, last) => {
    const rows = events.map(containerStatsRow);
    const expected =
      last === undefined ? rows.reduce(mergeContainerStats) : containerStatsRow(last);
    const orders = fc.shuffledSubarray([...rows, ...rows], { minLength: 2 * rows.length });
    fc.assert(
      fc.property(orders, (arrived) => {
        expect(arrived.reduce(mergeContainerStats)).toEqual(expected);
      }),
    );
  });

  it('tells of the sandbox that a request had last', () => {
    const row = mergeContainerStats(
      containerStatsRow(leased(secondTry)),
      containerStatsRow(stopped()),
    );
    expect(row).toMatchObject({ container_id: 'sb_n2_i1_1', container_stopped_at: null });
  });
});

describe('the id of a row', () => {
  it('is the UUID of the request, or one made of an id that is none', () => {
    const idOf = (id: string) => containerStatsRow(leased({ requestId: id })).id;
    expect(idOf(requestId.toUpperCase())).toBe(requestId);
    expect(idOf('job-7')).toBe(idOf('job-7'));
    expect(idOf('job-7')).not.toBe(idOf('job-8'));
    expect(idOf('job-7')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-/);
  });
});
