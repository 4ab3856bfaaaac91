// How much lies in a stream unread, and since when.
import type { ConsumerInfo } from '@nats-io/jetstream';
import type { StreamName } from '@pilotlight/contracts';
import type { ConsumerLag } from '../bus.ts';
import { apiCodeOf, apiCodes } from './errors.ts';
import { readMessage } from './read.ts';
import type { Session } from './session.ts';

/** A part of a stream: what matches a filter, from a sequence number on. */
interface Part {
  readonly stream: StreamName;
  readonly filter: string;
  readonly from: number;
}

/** When the oldest message of a part was stored; undefined where there is none. */
export async function oldestStored(
  session: Session,
  { stream, filter, from }: Part,
  direct: boolean,
): Promise<Date | undefined> {
  const query = { seq: from, next_by_subj: filter };
  const message = await readMessage(session, stream, query, direct);
  return message?.storedAt;
}

/** Two requests: what the server counts, then the first message that is not acknowledged. */
export async function consumerLag(
  session: Session,
  stream: StreamName,
  durable: string,
  direct: boolean,
): Promise<ConsumerLag | undefined> {
  const info = await session.call(() => findConsumer(session, stream, durable));
  if (info === undefined) return undefined;
  const pending = info.num_pending + info.num_ack_pending;
  if (pending === 0) return { pending };
  const { filter_subject: filter = '>' } = info.config;
  const part = { stream, filter, from: info.ack_floor.stream_seq + 1 };
  const oldestPendingAt = await oldestStored(session, part, direct);
  return { pending, ...(oldestPendingAt === undefined ? {} : { oldestPendingAt }) };
}

/** Undefined where the stream has no consumer of this name. */
export async function findConsumer(
  session: Session,
  stream: string,
  durable: string,
): Promise<ConsumerInfo | undefined> {
  try {
    return await session.manager.consumers.info(stream, durable);
  } catch (thrown) {
    if (apiCodeOf(thrown) === apiCodes.consumerNotFound) return undefined;
    throw thrown;
  }
}
