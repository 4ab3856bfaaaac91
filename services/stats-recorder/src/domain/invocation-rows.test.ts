import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coldStart, reportedAt, reportMessage, warm } from '../testing/reports.ts';
import { functionRows, invocationRows } from './invocation-rows.ts';

const rowsOf = (...args: Parameters<typeof reportMessage>) => {
  const { subject, data } = reportMessage(...args);
  return invocationRows(subject, data);
};
const at = (hours: number) => new Date(reportedAt.getTime() + hours * 3_600_000);

describe('invocationRows', () => {
  it('fits durations into their columns, and knows what is unset', () => {
    const [row] = rowsOf([
      coldStart({ initDurationMs: 1.6, billedDurationMs: undefined, region: '', requestId: '' }),
    ]);
    expect(row).toMatchObject({
      ...{ init_duration_ms: 2, billed_duration_ms: null, region: null, request_id: null },
      ...{ clock_skew_ms: null, module_details: null },
    });
  });

  it.each([
    ['as old as is taken', -400 * 24, true],
    ['older', -402 * 24, false],
    ['of now', 0, true],
    ['of the day after tomorrow', 48, false],
  ])('takes one %s: %d h, %s', (_, hours, isTaken) => {
    const read = () => rowsOf([warm({ timestamp: at(hours) })]);
    if (isTaken) expect(read()).toHaveLength(1);
    else expect(read).toThrow(/too far from received_at/);
  });

  it('refuses one without a time, and a report without its own', () => {
    expect(() => rowsOf([warm({ timestamp: undefined })])).toThrow(/too far from received_at/);
    const { subject } = reportMessage([]);
    expect(() => invocationRows(subject, Buffer.from('{"project":"local"}'))).toThrow(
      /received_at: is missing/,
    );
  });
});

describe('functionRows', () => {
  it('says the same whatever the order', () => {
    const invocations = rowsOf([
      warm({ functionName: 'a', timestamp: at(0), region: 'r0' }),
      coldStart({ functionName: 'a', timestamp: at(2), region: 'r2' }),
      coldStart({
        functionName: 'a',
        timestamp: at(1),
        region: 'r1',
        memoryAllocatedMb: undefined,
      }),
      warm({ functionName: 'b', timestamp: at(3) }),
    ]);
    const expected = [
      expect.objectContaining({
        ...{ function_name: 'a', region: 'r2', cold_starts_written: 2 },
        ...{ first_seen_at: at(0).toISOString(), last_seen_at: at(2).toISOString() },
      }),
      expect.objectContaining({ function_name: 'b', cold_starts_written: 0 }),
    ];
    const order = fc.shuffledSubarray(invocations, { minLength: 4 });
    fc.assert(
      fc.property(order, (some) => {
        expect(functionRows(some)).toEqual(expected);
      }),
    );
  });
});
