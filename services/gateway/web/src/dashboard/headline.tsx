// The figures that say at once whether all is well, against the targets that the platform has.
import { duration, percent } from '../frame/figures.ts';
import { Tile } from '../frame/tile.tsx';
import { percentile, warmShare } from './acquisitions.ts';
import { acquisitions, pools, stats } from './live.ts';

/** Milliseconds, and a share: the performance targets of the platform's users. */
const targets = { p50: 500, p90: 3_000, p99: 5_000, hitRate: 0.75 };

export function Headline() {
  const waits = acquisitions.value.map(({ ms }) => ms).toSorted((a, b) => a - b);
  const hits = warmShare(acquisitions.value);
  const available = pools.value?.reduce((sum, pool) => sum + pool.available, 0);
  const target = pools.value?.reduce((sum, pool) => sum + pool.target_size, 0);
  const total = stats.value?.total;
  const at = (share: number) => percentile(waits, share);
  return (
    <section class="tiles" aria-label="At a glance">
      <Tile
        name="Warm hit rate"
        value={hits === undefined ? undefined : percent(hits)}
        note={`target ≥ ${percent(targets.hitRate)}`}
        isGood={hits === undefined ? undefined : hits >= targets.hitRate}
      />
      <WaitTile name="Wait, p50" ms={at(0.5)} targetMs={targets.p50} />
      <WaitTile name="Wait, p90" ms={at(0.9)} targetMs={targets.p90} />
      <WaitTile name="Wait, p99" ms={at(0.99)} targetMs={targets.p99} />
      <Tile
        name="Warm sandboxes"
        value={available === undefined ? undefined : String(available)}
        note={target === undefined ? '' : `target ${target}`}
      />
      <Tile
        name="Requests, 24 h"
        value={total && String(total.requests)}
        note={`${total?.failed_starts ?? 0} starts failed`}
        isGood={total && total.failed_starts === 0}
      />
    </section>
  );
}

interface WaitTileProps {
  readonly name: string;
  readonly ms: number | undefined;
  readonly targetMs: number;
}

function WaitTile({ name, ms, targetMs }: WaitTileProps) {
  return (
    <Tile
      name={name}
      value={ms === undefined ? undefined : duration(ms)}
      note={`target < ${duration(targetMs)}`}
      isGood={ms === undefined ? undefined : ms < targetMs}
    />
  );
}
