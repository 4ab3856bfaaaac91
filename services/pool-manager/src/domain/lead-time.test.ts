import { expect, it } from 'vitest';
import { LeadTime, leastLeadTimeMs } from './lead-time.ts';

it('follows the starts that were seen, slowly, and never falls below a second', () => {
  const leadTime = new LeadTime();
  leadTime.record(30);
  expect(leadTime.ms).toBe(leastLeadTimeMs);
  leadTime.record(11_000);
  expect(leadTime.ms).toBeGreaterThan(leastLeadTimeMs);
  for (let n = 0; n < 100; n += 1) leadTime.record(4_000);
  expect(leadTime.ms).toBeCloseTo(4_000, -1);
  leadTime.record(0);
  expect(leadTime.ms).toBeCloseTo(4_000, -1);
});
