// The bus on NATS JetStream: each method in terms of one session.
import type { BucketName, StreamName, Subject, SubjectFilter } from '@pilotlight/contracts';
import type {
  Bus,
  ConsumeOptions,
  FollowedMessage,
  KeyValue,
  PublishOptions,
  PublishReceipt,
  StartAt,
} from '../bus.ts';
import { consumerLag, oldestStored } from './backlog.ts';
import { consumeBatches } from './consume.ts';
import { openBucket } from './kv.ts';
import { bucketStream } from './names.ts';
import { readInOrder } from './ordered.ts';
import { readMessage, removeMessage } from './read.ts';
import type { Session } from './session.ts';

/** `direct` names the streams whose own copy may be read. Closing the bus closes the connection. */
export function createNatsBus(session: Session, direct: ReadonlySet<string>): Bus {
  const { connection } = session;
  const opened = new Map<BucketName, Promise<KeyValue>>();
  const maxPayloadBytes = connection.info?.max_payload ?? 0;

  return {
    maxPayloadBytes,
    get status() {
      return session.status;
    },
    onStatus: (listener) => session.onStatus(listener),
    publish: (subject, data, options) => publish(session, subject, data, options),
    read: (stream, sequence) => readMessage(session, stream, { seq: sequence }, direct.has(stream)),
    readLast: (stream, subject) =>
      readMessage(session, stream, { last_by_subj: subject }, direct.has(stream)),
    remove: (stream, sequence) => removeMessage(session, stream, sequence),
    follow: (stream, filter, from, signal) => follow(session, stream, filter, from, signal),
    consume: (options: ConsumeOptions) => consumeBatches(session, options),
    count: (stream, filter) => count(session, stream, filter),
    published: (stream) => lastSequence(session, stream),
    oldest: (stream, filter) =>
      oldestStored(session, { stream, filter, from: 1 }, direct.has(stream)),
    consumerLag: (stream, durable) => consumerLag(session, stream, durable, direct.has(stream)),
    bucket(name) {
      const open = opened.get(name) ?? openBucket(session, name, direct.has(bucketStream(name)));
      opened.set(name, open);
      return open;
    },
    close: () => session.close(),
  };
}

async function publish(
  session: Session,
  subject: Subject,
  data: Uint8Array,
  options: PublishOptions = {},
): Promise<PublishReceipt> {
  const ack = await session.call(() =>
    session.jetstream.publish(subject, data, {
      ...(options.messageId === undefined ? {} : { msgID: options.messageId }),
      ...(options.onlyFirst === true ? { expect: { lastSubjectSequence: 0 } } : {}),
    }),
  );
  return { stream: ack.stream as StreamName, sequence: ack.seq, duplicate: ack.duplicate };
}

async function* follow(
  session: Session,
  stream: StreamName,
  filter: SubjectFilter,
  start: StartAt,
  signal: AbortSignal,
): AsyncGenerator<FollowedMessage> {
  const from = await firstSequence(session, stream, start);
  for await (const event of readInOrder(session, { stream, filter, from }, signal)) {
    if (event.kind === 'caught_up') continue;
    const { message, delivery } = event;
    yield {
      subject: message.subject,
      data: message.data,
      stream,
      sequence: delivery.streamSequence,
      storedAt: delivery.storedAt,
      pending: delivery.pending,
    };
  }
}

/** `new` becomes a number at once, so that a consumer made again after a break misses nothing. */
async function firstSequence(
  session: Session,
  stream: StreamName,
  start: StartAt,
): Promise<number> {
  if (start === 'first') return 1;
  if (start !== 'new') return start.sequence;
  return (await lastSequence(session, stream)) + 1;
}

async function lastSequence(session: Session, stream: StreamName): Promise<number> {
  const { state } = await session.call(() => session.manager.streams.info(stream));
  return state.last_seq;
}

async function count(
  session: Session,
  stream: StreamName,
  filter: SubjectFilter,
): Promise<ReadonlyMap<string, number>> {
  const { state } = await session.call(() =>
    session.manager.streams.info(stream, { subjects_filter: filter }),
  );
  return new Map(Object.entries(state.subjects ?? {}));
}
