// Reads and deletes single messages of a stream by sequence number or subject.
import type { MsgRequest, NextMsgRequest, SeqMsgRequest } from '@nats-io/jetstream';
import type { StreamName } from '@pilotlight/contracts';
import type { StoredMessage } from '../bus.ts';
import { apiCodeOf, apiCodes } from './errors.ts';
import type { Session } from './session.ts';

/**
 * The message, or undefined where there is none. `direct` asks the stream's copy itself rather
 * than the API, which queues behind everybody's administration.
 */
export async function readMessage(
  session: Session,
  stream: StreamName,
  query: MsgRequest | (NextMsgRequest & SeqMsgRequest),
  direct: boolean,
): Promise<StoredMessage | undefined> {
  const { manager } = session;
  const found = await session.call(() =>
    direct
      ? manager.direct.getMessage(stream, query)
      : unlessMissing(manager.streams.getMessage(stream, query)),
  );
  if (found === null || found === undefined) return undefined;
  const { subject, data, seq, time } = found;
  return { subject, data, stream, sequence: seq, storedAt: time };
}

/** False where it was gone already. Does not overwrite the bytes on disk. */
export async function removeMessage(
  session: Session,
  stream: StreamName,
  sequence: number,
): Promise<boolean> {
  const { streams } = session.manager;
  const removed = await session.call(() =>
    unlessMissing(streams.deleteMessage(stream, sequence, false)),
  );
  return removed ?? false;
}

async function unlessMissing<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (thrown) {
    const code = apiCodeOf(thrown);
    if (code === apiCodes.noMessageFound || code === apiCodes.sequenceNotFound) return undefined;
    throw thrown;
  }
}
