// A bucket in memory: a log that keeps one value of each key.
import type { KeyValue, KeyValueChange, KeyValueEntry } from '../bus.ts';
import type { LogEntry, MemoryLog } from './log.ts';

/** `guard` throws while the bus is not connected; `closed` ends the watches. */
export function openMemoryBucket(log: MemoryLog, guard: () => void, closed: AbortSignal): KeyValue {
  const current = (key: string): LogEntry | undefined => {
    const entry = log.last(key);
    return entry?.removed === true ? undefined : entry;
  };
  return {
    async get(key) {
      guard();
      const entry = current(key);
      return entry === undefined ? undefined : toKeyValueEntry(entry);
    },
    async put(key, value) {
      guard();
      return log.append(key, value).sequence;
    },
    async create(key, value) {
      guard();
      return current(key) === undefined ? log.append(key, value).sequence : undefined;
    },
    async update(key, value, revision) {
      guard();
      return log.last(key)?.sequence === revision ? log.append(key, value).sequence : undefined;
    },
    async remove(key) {
      guard();
      log.append(key, new Uint8Array(), { removed: true });
    },
    watch: (signal) => watch(log, AbortSignal.any([signal, closed])),
  };
}

async function* watch(log: MemoryLog, ended: AbortSignal): AsyncGenerator<KeyValueChange> {
  let next = 1;
  let caughtUp = false;
  while (!ended.aborted) {
    const entries = log.from(next, '>');
    for (const entry of entries) {
      if (ended.aborted) return;
      next = entry.sequence + 1;
      if (entry.removed) yield { kind: 'removed', key: entry.subject };
      else yield { kind: 'put', entry: toKeyValueEntry(entry) };
    }
    if (entries.length > 0) continue;
    if (!caughtUp) {
      caughtUp = true;
      yield { kind: 'caught_up' };
    } else await log.changed(ended);
  }
}

function toKeyValueEntry({ subject, data, sequence }: LogEntry): KeyValueEntry {
  return { key: subject, value: data, revision: sequence };
}
