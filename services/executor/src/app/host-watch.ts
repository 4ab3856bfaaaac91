// Measures the machine every 10 s, and has the stock give way while it runs short.
import type { NodeResources } from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import { type CpuTimes, cpuUsedRatio, type HostSample } from '../domain/host-usage.ts';
import { highest, nextPressure, noPressure, type Resource } from '../domain/pressure.ts';
import type { Host, Log } from './ports.ts';
import { pause } from './retry.ts';
import type { Stock } from './stock.ts';

/** Between two looks: seed 002's interval of system metrics. */
const measureEveryMs = 10_000;
/** Use of the cores is measured between two looks: a node just started need not wait long for it. */
const firstAfterMs = 1_000;

export interface HostWatchOptions {
  readonly host: Host;
  readonly stock: Pick<Stock, 'setShortage'>;
  readonly clock: Clock;
  readonly log: Log;
}

export class HostWatch {
  readonly #options: HostWatchOptions;
  #cpu: CpuTimes | undefined;
  #pressure = noPressure;
  #isShedding = false;
  #resources: NodeResources | undefined;

  constructor(options: HostWatchOptions) {
    this.#options = options;
  }

  /** As measured last; undefined before there are two looks, and where the machine cannot be read. */
  get resources(): NodeResources | undefined {
    return this.#resources;
  }

  /** Measures until the signal aborts. Never rejects. */
  async keepMeasuring(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const before = this.#cpu;
      const sample = await this.#options.host.sample();
      this.#cpu = sample?.cpu;
      if (sample === undefined) this.#lose();
      else if (before !== undefined) this.#take(before, sample);
      const isFirst = sample !== undefined && before === undefined;
      await pause(this.#options.clock, isFirst ? firstAfterMs : measureEveryMs, signal);
    }
  }

  /** What is not known is no reason to do anything. */
  #lose(): void {
    this.#pressure = noPressure;
    this.#resources = undefined;
    this.#act(undefined);
  }

  #take(before: CpuTimes, sample: HostSample): void {
    const { cpu, memoryUsedRatio: memory, diskUsedRatio: disk, diskFreeBytes, ...counts } = sample;
    const used = { cpu: cpuUsedRatio(before, cpu), memory, disk };
    this.#pressure = nextPressure(this.#pressure, { ...used, diskFreeBytes });
    const { level, of } = highest(this.#pressure);
    this.#resources = {
      ...{ cpuUsedRatio: used.cpu, memoryUsedRatio: memory, diskUsedRatio: disk },
      ...counts,
      ...{ pressure: level, pressureOf: of ?? '' },
    };
    const isShedding = level === 'shedding' && of !== undefined;
    this.#act(isShedding ? shortageOf(of, used[of]) : undefined);
  }

  /** Every measurement above the limit sheds again; what the one before gave back is in its figures. */
  #act(shortage: string | undefined): void {
    const { stock, log } = this.#options;
    const wasShedding = this.#isShedding;
    this.#isShedding = shortage !== undefined;
    if (this.#isShedding && !wasShedding) {
      log.warn({ shortage }, 'refills stop, and warm sandboxes are evicted');
    } else if (!this.#isShedding && wasShedding) log.info({}, 'refills go on');
    stock.setShortage(shortage);
  }
}

function shortageOf(resource: Resource, used: number): string {
  return `${(used * 100).toFixed(0)} % of this node's ${resource} is in use`;
}
