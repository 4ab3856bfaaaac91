import { PlatformError } from '@pilotlight/contracts';
import { expect, it } from 'vitest';
import { outageReason } from './outage-reason.ts';

const secret = 'postgres://ada:hunter2@db.internal/stats';

it.each([
  [Object.assign(new Error(secret), { code: '53100' }), 'its disk is full'],
  [Object.assign(new Error(secret), { code: 'ECONNREFUSED' }), 'nobody listens at its address'],
  [Object.assign(new Error(secret), { code: 'XX000' }), 'error XX000'],
  [Object.assign(new Error(secret), { code: secret }), 'it does not answer'],
  [new Error(secret), 'it does not answer'],
  [secret, 'it does not answer'],
  [
    new PlatformError('failed_precondition', 'No database is configured.'),
    'No database is configured.',
  ],
])('says of %s: %s', (thrown, reason) => {
  expect(outageReason(thrown)).toBe(reason);
});
