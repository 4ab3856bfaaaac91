// A key-value bucket in the layout of every NATS client, so that `nats kv` reads it too.
import { type KV, Kvm } from '@nats-io/kv';
import type { BucketName } from '@pilotlight/contracts';
import type { KeyValue, KeyValueChange, KeyValueEntry } from '../bus.ts';
import { platformErrorFrom } from './errors.ts';
import { bucketPrefix, bucketStream } from './names.ts';
import { readInOrder } from './ordered.ts';
import type { Session } from './session.ts';

const operationHeader = 'KV-Operation';

/** The bucket must exist. Sends nothing. */
export async function openBucket(
  session: Session,
  name: BucketName,
  direct: boolean,
): Promise<KeyValue> {
  const bucket = await new Kvm(session.jetstream).open(name, { allow_direct: direct });
  return {
    get: (key) => session.call(() => get(bucket, key)),
    put: (key, value) => session.call(() => bucket.put(key, value)),
    create: (key, value) => session.call(() => unlessLost(bucket.create(key, value))),
    update: (key, value, revision) =>
      session.call(() => unlessLost(bucket.update(key, value, revision))),
    remove: (key) => session.call(() => bucket.delete(key)),
    watch: (signal) => watch(session, name, signal),
  };
}

async function get(bucket: KV, key: string): Promise<KeyValueEntry | undefined> {
  const entry = await bucket.get(key);
  if (entry === null || entry.operation !== 'PUT') return undefined;
  return { key, value: entry.value, revision: entry.revision };
}

/** Undefined where somebody else wrote first. */
async function unlessLost(write: Promise<number>): Promise<number | undefined> {
  try {
    return await write;
  } catch (thrown) {
    if (platformErrorFrom(thrown).code === 'conflict') return undefined;
    throw thrown;
  }
}

/** The stream keeps one value of each key, so reading it from its start is reading the bucket. */
async function* watch(
  session: Session,
  name: BucketName,
  signal: AbortSignal,
): AsyncGenerator<KeyValueChange> {
  const prefix = bucketPrefix(name);
  const source = { stream: bucketStream(name), filter: `${prefix}>`, from: 1 };
  let caughtUp = false;
  for await (const event of readInOrder(session, source, signal)) {
    if (event.kind === 'caught_up') {
      if (caughtUp) continue;
      caughtUp = true;
      yield event;
      continue;
    }
    const { message, delivery } = event;
    const key = message.subject.slice(prefix.length);
    const removed = (message.headers?.get(operationHeader) ?? '') !== '';
    if (removed) yield { kind: 'removed', key };
    else {
      const revision = delivery.streamSequence;
      yield { kind: 'put', entry: { key, value: message.data, revision } };
    }
  }
}
