import { expect, it } from 'vitest';
import { nearNames } from './near-names.ts';

const names = ['payment-service', 'payments', 'checkout', 'Mail', 'payment-service'];

it.each([
  ['paymnt-service', ['payment-service']],
  ['PAYMENTS', ['payments']],
  ['payment', ['payment-service', 'payments']],
  ['mial', []],
  ['mai', ['Mail']],
  ['checkuot', ['checkout']],
  ['nothing-like-it', []],
  ['', []],
])('%s: %j', (wanted, near) => expect(nearNames(wanted, names)).toEqual(near));
