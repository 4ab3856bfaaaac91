// Every result that was ever stored, to prove that each execution has exactly one.
import {
  type ExecutionResult,
  ExecutionResult as ExecutionResultType,
  fromJsonBytes,
  NodeStatus,
  subjectFilter,
  wholeStream,
} from '@pilotlight/contracts';
import type { Bus, FollowedMessage } from '@pilotlight/messaging';
import { afterAll, beforeAll, expect } from 'vitest';
import { until } from './until.ts';

/** A running record of EXEC_RESULTS from its first message. */
export interface ResultLog {
  /** Of this id so far. */
  of(id: string): readonly ExecutionResult[];
  /** Resolves when every id has a result. */
  all(ids: Iterable<string>, withinMs?: number): Promise<ReadonlyMap<string, ExecutionResult>>;
  /**
   * Waits until nothing is queued and nothing runs, so that nobody is left who could store another
   * result; then fails unless every id has one result and the stream never held a second of any.
   */
  expectOneEach(ids: Iterable<string>): Promise<void>;
}

/** Follows the results of a platform for the tests of a describe block. */
export function useResultLog(under: { readonly bus: Bus }): ResultLog {
  const stop = new AbortController();
  const stored = new Map<string, ExecutionResult[]>();
  const sequences: number[] = [];
  let following: Promise<void> | undefined;
  const take = ({ data, sequence }: FollowedMessage) => {
    const result = fromJsonBytes(ExecutionResultType, data);
    sequences.push(sequence);
    stored.set(result.executionId, [...(stored.get(result.executionId) ?? []), result]);
  };
  const follow = async () => {
    const filter = subjectFilter('executionResult');
    for await (const message of under.bus.follow('EXEC_RESULTS', filter, 'first', stop.signal)) {
      take(message);
    }
  };
  beforeAll(() => {
    following = follow();
  });
  afterAll(async () => {
    stop.abort();
    await following;
  });
  const all = async (ids: Iterable<string>, withinMs = 60_000) => {
    const wanted = [...ids];
    let missing = wanted;
    const isComplete = () => {
      missing = missing.filter((id) => !stored.has(id));
      return missing.length === 0;
    };
    await until('every execution has a result', isComplete, withinMs).catch((error: Error) => {
      const few = missing.slice(0, 5).join(', ');
      throw new Error(`${error.message} ${missing.length} have none, such as ${few}`);
    });
    return new Map(wanted.map((id) => [id, first(stored.get(id))]));
  };
  return {
    of: (id) => stored.get(id) ?? [],
    all,
    async expectOneEach(ids) {
      await all(ids);
      await atRest(under.bus);
      const kept = await under.bus.count('EXEC_RESULTS', subjectFilter('executionResult'));
      await until('the record has caught up', () => stored.size >= kept.size);
      expect([...stored].filter(([, results]) => results.length !== 1)).toEqual([]);
      // A message that was replaced before it was read would leave a gap.
      expect(sequences).toEqual(sequences.map((_, index) => index + 1));
    },
  };
}

function first(results: readonly ExecutionResult[] | undefined): ExecutionResult {
  const [result] = results ?? [];
  if (result === undefined) throw new Error('There is no result.');
  return result;
}

/** Resolves when no request is in the log and no node runs anything. */
export async function atRest(bus: Bus): Promise<void> {
  const nodes = await bus.bucket('nodes');
  await until('nothing is queued or runs', async () => {
    const queued = await Promise.all([
      bus.count('EXEC_PRIORITY', wholeStream),
      bus.count('EXEC_STANDARD', wholeStream),
    ]);
    if (queued.some(({ size }) => size > 0)) return false;
    for await (const change of nodes.watch(AbortSignal.timeout(5_000))) {
      if (change.kind === 'caught_up') return true;
      if (change.kind === 'put' && fromJsonBytes(NodeStatus, change.entry.value).runs > 0) break;
    }
    return false;
  });
}
