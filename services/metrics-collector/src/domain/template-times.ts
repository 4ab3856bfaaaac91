// How long the sandboxes of one template took lately: to be started, and to be had.
import { LatencySketch, type Quantiles } from './latency-sketch.ts';
import { SlidingWindow } from './sliding-window.ts';

export interface RecentTimes {
  readonly acquisition: Readonly<Record<'warm' | 'cold' | 'all', Quantiles | undefined>>;
  readonly start: Quantiles | undefined;
}

/** At most 190 KB, whatever the rate: three windows of 30 sketches. */
export class TemplateTimes {
  readonly #warm = new SlidingWindow(() => new LatencySketch());
  readonly #cold = new SlidingWindow(() => new LatencySketch());
  readonly #starts = new SlidingWindow(() => new LatencySketch());

  acquired(source: 'warm' | 'cold', seconds: number, nowMs: number): void {
    const window = source === 'warm' ? this.#warm : this.#cold;
    window.at(nowMs).record(seconds);
  }

  started(seconds: number, nowMs: number): void {
    this.#starts.at(nowMs).record(seconds);
  }

  recent(nowMs: number): RecentTimes {
    const warm = this.#warm.slices(nowMs);
    const cold = this.#cold.slices(nowMs);
    return {
      acquisition: {
        warm: LatencySketch.quantiles(warm),
        cold: LatencySketch.quantiles(cold),
        all: LatencySketch.quantiles([...warm, ...cold]),
      },
      start: LatencySketch.quantiles(this.#starts.slices(nowMs)),
    };
  }
}

/** Share of requesters who got a warm sandbox, 0 to 1; undefined where nobody asked. */
export function warmHitRatio(times: readonly RecentTimes[]): number | undefined {
  const counted = (source: 'warm' | 'all') =>
    times.reduce((sum, { acquisition }) => sum + (acquisition[source]?.count ?? 0), 0);
  const all = counted('all');
  return all === 0 ? undefined : counted('warm') / all;
}
