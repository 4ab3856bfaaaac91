// What the routes of the Cold Start Analyzer (seed 001) have of their own.
import { PlatformError } from '@pilotlight/contracts';
import type { FastifyInstance } from './fastify.ts';

/** On these routes alone: a refused key is told in the seed's words. All else is told as everywhere. */
export function refuseInSeedWords(scope: FastifyInstance): void {
  scope.setErrorHandler((thrown) => {
    const isRefusedKey = thrown instanceof PlatformError && thrown.code === 'unauthenticated';
    // What an error handler throws goes to the next one out.
    throw isRefusedKey
      ? new PlatformError('unauthenticated', 'Invalid or missing API key', { cause: thrown })
      : thrown;
  });
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Its body as it was written, where its route reads bodies as data. */
    bodyText: string;
  }
}

/**
 * Bodies of these routes may have any member, such as a module named `__proto__`. JSON.parse makes that
 * one a member like others; it is never assigned to anything.
 */
export function readBodiesAsData(scope: FastifyInstance): void {
  scope.decorateRequest('bodyText', '');
  scope.removeContentTypeParser('application/json');
  scope.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    try {
      request.bodyText = body.toString();
      done(null, body === '' ? undefined : JSON.parse(request.bodyText));
    } catch (thrown) {
      done(Object.assign(thrown as SyntaxError, { statusCode: 400 }));
    }
  });
}
