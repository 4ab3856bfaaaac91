import { JetStreamApiError, JetStreamError } from '@nats-io/jetstream';
import { errors } from '@nats-io/nats-core';
import { type ErrorCode, PlatformError } from '@pilotlight/contracts';
import { expect, it } from 'vitest';
import { platformErrorFrom } from './errors.ts';

function apiError(err_code: number, code = 400): JetStreamApiError {
  return new JetStreamApiError({ err_code, code, description: 'words that differ by version' });
}

it.each<[string, unknown, ErrorCode]>([
  ['a full stream', apiError(10077, 503), 'resource_exhausted'],
  ['a full account', apiError(10047, 500), 'resource_exhausted'],
  ['a lost race', apiError(10071), 'conflict'],
  ['a lost race on a newer server', apiError(10164), 'conflict'],
  ['a message that is too large', apiError(10054), 'invalid_argument'],
  ['a stream that is not there', apiError(10059, 404), 'unavailable'],
  ['a cluster without a leader', apiError(10008, 503), 'unavailable'],
  ['any other 503', apiError(19999, 503), 'unavailable'],
  ['any other refusal', apiError(19999, 400), 'internal'],
  ['a timeout', new errors.TimeoutError(), 'unavailable'],
  ['nobody there', new errors.NoRespondersError('x'), 'unavailable'],
  [
    'nobody there, as JetStream wraps it',
    new JetStreamError('x', { cause: new errors.RequestError('x') }),
    'unavailable',
  ],
  ['a closed connection', new errors.ClosedConnectionError(), 'unavailable'],
  ['wrong credentials', new errors.AuthorizationError('x'), 'unauthenticated'],
  [
    'a forbidden subject',
    new errors.PermissionViolationError('x', 'publish', 'y'),
    'permission_denied',
  ],
  ['a payload over the limit', new errors.InvalidArgumentError('x'), 'invalid_argument'],
  ['anything else', new Error('x'), 'internal'],
])('maps %s', (_, thrown, code) => {
  expect(platformErrorFrom(thrown).code).toBe(code);
  expect(platformErrorFrom(thrown).cause).toBe(thrown);
});

it('leaves a PlatformError as it is', () => {
  const error = new PlatformError('cancelled', 'x');
  expect(platformErrorFrom(error)).toBe(error);
});
