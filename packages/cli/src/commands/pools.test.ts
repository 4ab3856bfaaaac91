import { Pool } from '@pilotlight/contracts';
import { expect, it } from 'vitest';
import { poolTable } from './pools.ts';

it('shows versions, and below the table what is missing and what is being done', () => {
  const now = new Date(0);
  const shown = poolTable(
    [
      Pool.create({ template: 'python', language: 'python', versions: ['3.12.1', '3.11.2'] }),
      Pool.create({ template: 'go', unavailable: true, problems: ['n1: go is not on the path'] }),
      Pool.create({ template: 'nextjs', preparing: ['n1: npm ci'], isolation: 'gvisor' }),
    ],
    now,
  ).split('\n');
  expect(shown[1]).toMatch(/^python +python +3\.12\.1, 3\.11\.2 /);
  expect(shown[3]).toMatch(/^nextjs +- +- +gvisor /);
  expect(shown.slice(4)).toEqual([
    'go is unavailable on n1: go is not on the path',
    'nextjs is being prepared on n1: npm ci',
  ]);
});
