// Makes the server's streams and buckets what the contracts' tables say.
import {
  DiscardPolicy,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import {
  type BucketDefinition,
  type BucketName,
  type BusUser,
  buckets,
  needsOf,
  PlatformError,
  type StreamDefinition,
  type StreamName,
  streams,
  subjectsOf,
} from '@pilotlight/contracts';
import { apiCodeOf, apiCodes } from './errors.ts';
import { bucketPrefix, bucketStream } from './names.ts';
import type { Session } from './session.ts';

const nanosPerMs = 1_000_000;
const dedupWindowMs = 2 * 60_000;

type Wanted = Partial<StreamConfig> & { readonly name: string };

/**
 * Creates or updates every stream and bucket. Idempotent, and safe from several processes at
 * once. What operators may tune (replicas, placement) is left as found. Returns which streams
 * answer direct reads from the one copy that takes the writes, so that a read sees every write
 * acknowledged before it.
 */
export async function ensureStreams(session: Session): Promise<ReadonlySet<string>> {
  const wanted = [
    ...entriesOf(streams).map(([name, definition]) => streamConfig(name, definition)),
    ...entriesOf(buckets).map(([name, definition]) => bucketConfig(name, definition)),
  ];
  return directOf(await Promise.all(wanted.map((config) => ensureStream(session, config))));
}

/**
 * Looks at what a user needs, which others make. Rejects `unavailable` where something is not there
 * (yet). Returns as `ensureStreams`.
 */
export async function findStreams(session: Session, user: BusUser): Promise<ReadonlySet<string>> {
  const needs = needsOf(user);
  const names = [...needs.streams, ...needs.buckets.map(bucketStream)];
  const found = await Promise.all(names.map((name) => session.call(() => infoOf(session, name))));
  const missing = names.filter((_, index) => found[index] === undefined);
  if (missing.length === 0) return directOf(found.flatMap((info) => info ?? []));
  const problem = `The message bus has no ${missing.join(', ')}; the scheduler and the pool-manager make what is missing when they start.`;
  throw new PlatformError('unavailable', problem);
}

function directOf(found: readonly StreamInfo[]): ReadonlySet<string> {
  return new Set(
    found
      .filter(({ config }) => config.allow_direct && config.num_replicas === 1)
      .map(({ config }) => config.name),
  );
}

function entriesOf<K extends string, V>(record: Readonly<Record<K, V>>): [K, V][] {
  return Object.entries(record) as [K, V][];
}

async function ensureStream(session: Session, wanted: Wanted): Promise<StreamInfo> {
  const { streams: api } = session.manager;
  const found = await session.call(() => infoOf(session, wanted.name));
  if (found === undefined) return session.call(() => createOrFind(session, wanted));
  if (isAsWanted(found.config, wanted)) return found;
  return session.call(() => api.update(wanted.name, wanted));
}

async function infoOf(session: Session, name: string): Promise<StreamInfo | undefined> {
  try {
    return await session.manager.streams.info(name);
  } catch (thrown) {
    if (apiCodeOf(thrown) === apiCodes.streamNotFound) return undefined;
    throw thrown;
  }
}

/** Another process may have created it since we looked; the server then answers with theirs. */
async function createOrFind(session: Session, wanted: Wanted): Promise<StreamInfo> {
  try {
    return await session.manager.streams.add(wanted);
  } catch (thrown) {
    if (apiCodeOf(thrown) !== apiCodes.streamNameInUse) throw thrown;
    return session.manager.streams.update(wanted.name, wanted);
  }
}

function isAsWanted(config: StreamConfig, wanted: Wanted): boolean {
  const found = new Map<string, unknown>(Object.entries(config));
  return Object.entries(wanted).every(([key, value]) => {
    const has = found.get(key);
    return has === undefined ? !value : JSON.stringify(has) === JSON.stringify(value);
  });
}

function streamConfig(name: StreamName, definition: StreamDefinition): Wanted {
  const maxAgeMs = definition.maxAgeMs ?? 0;
  return {
    name,
    subjects: subjectsOf(name),
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: definition.discard === 'new' ? DiscardPolicy.New : DiscardPolicy.Old,
    max_msgs: definition.maxMessages ?? -1,
    max_msgs_per_subject: definition.maxMessagesPerSubject ?? -1,
    max_bytes: definition.maxBytes,
    max_age: maxAgeMs * nanosPerMs,
    duplicate_window: dedupWindow(maxAgeMs),
    allow_direct: true,
  };
}

function bucketConfig(bucket: BucketName, definition: BucketDefinition): Wanted {
  const maxAgeMs = definition.maxAgeMs ?? 0;
  return {
    name: bucketStream(bucket),
    subjects: [`${bucketPrefix(bucket)}>`],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    max_msgs_per_subject: 1,
    max_age: maxAgeMs * nanosPerMs,
    duplicate_window: dedupWindow(maxAgeMs),
    allow_rollup_hdrs: true,
    deny_delete: true,
    allow_direct: true,
  };
}

/** The server refuses a window longer than the messages live. */
function dedupWindow(maxAgeMs: number): number {
  return (maxAgeMs === 0 ? dedupWindowMs : Math.min(maxAgeMs, dedupWindowMs)) * nanosPerMs;
}
