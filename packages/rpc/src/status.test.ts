import { Metadata, status } from '@grpc/grpc-js';
import { errorCodes, PlatformError } from '@pilotlight/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorFromStatus, statusFromError } from './status.ts';

const retry = fc.oneof(
  fc.record({ kind: fc.constant('never' as const) }),
  fc.record({ kind: fc.constant('after' as const), ms: fc.nat() }),
);
const shortText = fc.string({ maxLength: 100 });
const anyError = fc
  .record({
    code: fc.constantFrom(...errorCodes),
    message: shortText,
    retry,
    details: fc.array(fc.record({ field: shortText, problem: shortText }), { maxLength: 16 }),
  })
  .map(({ code, message, ...options }) => new PlatformError(code, message, options));

describe('the status table', () => {
  it('brings every error back as it was', () => {
    fc.assert(
      fc.property(anyError, (error) => {
        const { code, message, retry, details } = errorFromStatus(statusFromError(error));
        expect({ code, message, retry, details }).toEqual({
          code: error.code,
          message: error.message,
          retry: error.retry,
          details: error.details,
        });
      }),
    );
  });

  it.each(errorCodes)('brings %s back by its status alone', (code) => {
    const { code: number, details } = statusFromError(new PlatformError(code, 'text'));
    const error = errorFromStatus({ code: number, details, metadata: new Metadata() });
    expect(error.code).toBe(code);
  });

  it.each([
    ['UNKNOWN', 'internal'],
    ['UNIMPLEMENTED', 'unimplemented'],
    ['ABORTED', 'conflict'],
    ['OUT_OF_RANGE', 'invalid_argument'],
    ['DATA_LOSS', 'internal'],
  ] as const)('has a code for %s, which only others send', (name, code) => {
    const failure = { code: status[name], details: '', metadata: new Metadata() };
    expect(errorFromStatus(failure).code).toBe(code);
  });

  it.each(['', 'no json', '{"code":"no_such"}', '{"code":"internal","retry":{"kind":"later"}}'])(
    'ignores a trailer of another make: %s',
    (trailer) => {
      const metadata = new Metadata();
      metadata.set('pilotlight-error-bin', Buffer.from(trailer));
      const error = errorFromStatus({ code: status.NOT_FOUND, details: 'gone', metadata });
      expect(error).toMatchObject({ code: 'not_found', message: 'gone', details: [] });
    },
  );

  it('stays small enough for the headers of any peer', () => {
    const details = Array.from({ length: 500 }, (_, i) => ({
      field: `files[${i}].${'p'.repeat(500)}`,
      problem: 'x'.repeat(500),
    }));
    const sent = statusFromError(new PlatformError('internal', 'm'.repeat(100_000), { details }));
    const trailer = sent.metadata.get('pilotlight-error-bin')[0] ?? '';
    expect(Math.ceil((trailer.length * 4) / 3) + sent.details.length).toBeLessThan(8_000);
  });
});
