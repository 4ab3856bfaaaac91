// What JetStream says of a delivered message in the subject to answer it on.

/** A message's place in its stream and in its consumer. */
export interface Delivery {
  /** 1 for the first time it is delivered. */
  readonly count: number;
  readonly streamSequence: number;
  readonly consumerSequence: number;
  readonly storedAt: Date;
  readonly pending: number;
}

/**
 * Reads `$JS.ACK.<stream>.<consumer>.<count>.<sequence>.<consumer sequence>.<nanoseconds>.<pending>`
 * and its longer form, with domain and account hash before the stream and a random token at the
 * end. Undefined for any other subject, such as that of a status message.
 */
export function parseDelivery(reply: string | undefined): Delivery | undefined {
  if (reply === undefined || !reply.startsWith('$JS.ACK.')) return undefined;
  const tokens = reply.split('.');
  const first = tokens.length === 9 ? 4 : 6;
  const [count, streamSequence, consumerSequence, nanoseconds, pending] = tokens
    .slice(first, first + 5)
    .map(Number);
  if (nanoseconds === undefined || pending === undefined || Number.isNaN(pending)) return undefined;
  if (count === undefined || streamSequence === undefined || consumerSequence === undefined) {
    return undefined;
  }
  const storedAt = new Date(nanoseconds / 1_000_000);
  return { count, streamSequence, consumerSequence, storedAt, pending };
}
