// What the gateway's own calls to the services carry of the request that they are made for.
import type { JsonMessage } from '@pilotlight/contracts';
import type { CallOptions } from '@pilotlight/rpc';
import type { FastifyRequest } from 'fastify';

/** The caller's identity, its trace, and its going away. */
export function callFrom({ principal, callSignal, headers }: FastifyRequest): CallOptions {
  const { traceparent } = headers;
  return {
    principal,
    signal: callSignal,
    ...(typeof traceparent === 'string' && { traceparent }),
  };
}

const sharedTimeoutMs = 30_000;

/** For an answer that others may get as well: it is not given up when the one who asked first goes away. */
export function sharedCallFrom({ principal }: FastifyRequest): CallOptions {
  return { principal, timeoutMs: sharedTimeoutMs };
}

/**
 * A message as JSON with snake_case names. Lists and maps that are empty are left out here: the schema
 * of the answer has them as defaults.
 */
export function messageJson<T, Json>(type: JsonMessage<T>, message: T): Json {
  return type.toJSON(message) as Json;
}
