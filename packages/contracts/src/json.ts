// Messages as JSON with snake_case names, as they go over NATS, KV and HTTP.
import { PlatformError } from './errors.ts';

/** The part of a generated message that JSON needs. */
export interface JsonMessage<T> {
  fromJSON(value: unknown): T;
  toJSON(message: T): unknown;
}

export function toJsonBytes<T>(type: JsonMessage<T>, message: T): Uint8Array {
  return Buffer.from(JSON.stringify(type.toJSON(message)));
}

/** Throws `invalid_argument` on what is no JSON object. Lenient otherwise: only for trusted senders. */
export function fromJsonBytes<T>(type: JsonMessage<T>, bytes: Uint8Array): T {
  return type.fromJSON(parseJsonObject(bytes));
}

/** Throws `invalid_argument` on what is no JSON object in UTF-8. */
export function parseJsonObject(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new PlatformError('invalid_argument', 'The message is not JSON in UTF-8.', {
      cause: error,
    });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new PlatformError('invalid_argument', 'The message is not a JSON object.');
}
