// Samples what nodes and plan say, on the clock's own ten seconds, so that several recorders agree.
import { fromJsonBytes, NodeStatus, Plan } from '@pilotlight/contracts';
import { type Clock, pause } from '@pilotlight/lifecycle';
import type { Bus, KeyValueEntry } from '@pilotlight/messaging';
import { type PoolSampleRow, poolSampleRows, slotMs, slotOf } from '../domain/pool-sample.ts';
import type { Recorder } from './recorder.ts';

/** Samples kept while the database is away: an hour of them. */
const capacity = 360;
/** How long reading the buckets may take before the sample is left out. */
const readTimeoutMs = 5_000;

export interface PoolSamplerOptions {
  readonly bus: Pick<Bus, 'bucket'>;
  readonly recorder: Pick<Recorder, 'use'>;
  readonly clock: Clock;
  /** Hears of each sample that was dropped for want of a database. */
  readonly onDropped: () => void;
}

export class PoolSampler {
  readonly #options: PoolSamplerOptions;
  /** When each node last wrote, as it was at the last sample: a node that lives has written since. */
  #beats = new Map<string, string>();
  #pending: (readonly PoolSampleRow[])[] = [];
  #writing: Promise<void> | undefined;

  constructor(options: PoolSamplerOptions) {
    this.#options = options;
  }

  /** Samples once in each slot, also while a slow database has not taken the last one. Never rejects. */
  async run(ended: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    let last = Promise.resolve();
    for (;;) {
      await pause(clock, slotMs - (clock.now().getTime() % slotMs), ended);
      if (ended.aborted) return last;
      last = this.sample(ended);
    }
  }

  /** Takes one sample of the slot that it is now, and writes what is to be written. Never rejects. */
  async sample(ended: AbortSignal): Promise<void> {
    const rows = await this.#read(ended).catch(() => []);
    if (rows.length > 0) this.#pending.push(rows);
    while (this.#pending.length > capacity) {
      this.#pending.shift();
      this.#options.onDropped();
    }
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
    await this.#writing;
  }

  /** Where there is no sample it asks the database whether it is there. What fails waits for the next time. */
  async #write(): Promise<void> {
    const taken = new Set(this.#pending);
    try {
      await this.#options.recorder.use('pool samples', async (store) => {
        if (taken.size === 0) await store.answer();
        else await store.writePoolSamples([...taken].flat());
      });
      this.#pending = this.#pending.filter((rows) => !taken.has(rows));
    } catch {
      // The recorder has told of it.
    }
  }

  async #read(ended: AbortSignal): Promise<readonly PoolSampleRow[]> {
    const { bus, clock } = this.#options;
    const slot = slotOf(clock.now());
    const late = new AbortController();
    const cancel = clock.after(readTimeoutMs, () => late.abort());
    try {
      const signal = AbortSignal.any([ended, late.signal]);
      const entries = await entriesOf(await bus.bucket('nodes'), signal);
      const plan = await (await bus.bucket('plan')).get('current');
      const nodes = entries.map((entry) => fromJsonBytes(NodeStatus, entry.value));
      return poolSampleRows(
        {
          nodes: this.#living(nodes),
          plan: plan === undefined ? undefined : fromJsonBytes(Plan, plan.value),
        },
        slot,
      );
    } finally {
      cancel();
    }
  }

  /** A node writes every second; one that has not since the last sample is dead. */
  #living(nodes: readonly NodeStatus[]): NodeStatus[] {
    const last = this.#beats;
    const beatOf = (node: NodeStatus) => `${node.incarnation} ${node.heartbeat}`;
    this.#beats = new Map(nodes.map((node) => [node.node, beatOf(node)]));
    return nodes.filter((node) => last.get(node.node) !== beatOf(node));
  }
}

/** What is in a bucket now; nothing where the signal came first. */
async function entriesOf(
  bucket: Awaited<ReturnType<Bus['bucket']>>,
  signal: AbortSignal,
): Promise<KeyValueEntry[]> {
  const entries = new Map<string, KeyValueEntry>();
  for await (const change of bucket.watch(signal)) {
    if (change.kind === 'caught_up') return [...entries.values()];
    if (change.kind === 'removed') entries.delete(change.key);
    else entries.set(change.entry.key, change.entry);
  }
  return [];
}
