// Measures one container from outside and remembers the highest totals seen, because the places
// where they are read vanish with the container.
import type { Container } from 'dockerode';
import type { SandboxUsage } from '../driver.ts';
import { CounterFile, hasCode } from '../oci/cgroup-files.ts';
import { type CgroupLayout, readCgroupUsage, resetCgroupPeak } from './cgroup-usage.ts';
import { engineFault, engineStatus } from './engine-error.ts';

const nothing: SandboxUsage = {
  cpuTimeMs: 0,
  memoryBytes: 0,
  peakMemoryBytes: 0,
  oomKills: 0,
  pidsLimitHits: 0,
};

const glanceIntervalMs = 5;

/** Readings of one container. */
export interface UsageMeter {
  /** Current totals, or the last ones when the container is gone. */
  read(): Promise<SandboxUsage>;
  /**
   * To be called when the container shows signs of life: takes a reading if that is cheap and the
   * last one is not fresh. With much output the last words come late, when nothing can be read.
   */
  glance(): void;
  /** Makes the peak count from now on; see `Sandbox.resetPeakMemory`. */
  resetPeak(): void;
  /** To be called once when the container has ended: adds what the engine alone knows by then. */
  finish(): Promise<void>;
}

/**
 * Reads cgroups where `layout` is given, else asks the engine, which counts no refused forks and
 * may miss a kill for want of memory that ends the container at once.
 */
export function createUsageMeter(
  container: Container,
  layout: CgroupLayout | undefined,
): UsageMeter {
  let last = nothing;
  let ended = false;
  /** Since a reset: where the kernel's peak is read, or that there is none. */
  let peak: CounterFile | 'none' | undefined;
  let glancedAt = 0;
  const note = (reading: SandboxUsage | undefined) => {
    if (reading === undefined) return last;
    last = highest(last, { ...reading, peakMemoryBytes: peakOf(reading, peak) });
    return last;
  };
  const closePeak = () => {
    if (peak instanceof CounterFile) peak.close();
  };
  return {
    async read() {
      if (ended) return last;
      return note(
        layout === undefined
          ? await readEngineUsage(container)
          : readCgroupUsage(layout, container.id),
      );
    },
    glance() {
      const now = performance.now();
      if (ended || layout === undefined || now - glancedAt < glanceIntervalMs) return;
      glancedAt = now;
      note(readCgroupUsage(layout, container.id));
    },
    resetPeak() {
      if (ended) return;
      closePeak();
      peak = (layout && resetCgroupPeak(layout, container.id)) ?? 'none';
      last = { ...last, peakMemoryBytes: 0 };
    },
    async finish() {
      ended = true;
      closePeak();
      const oomKilled = await wasOomKilled(container);
      last = { ...last, memoryBytes: 0, oomKills: Math.max(last.oomKills, oomKilled ? 1 : 0) };
    },
  };
}

function peakOf(reading: SandboxUsage, peak: CounterFile | 'none' | undefined): number {
  if (peak === undefined) return reading.peakMemoryBytes;
  if (peak === 'none') return reading.memoryBytes;
  try {
    return peak.number();
  } catch (error) {
    // The cgroup went between two readings.
    if (hasCode(error, 'ENODEV')) return reading.memoryBytes;
    throw error;
  }
}

function highest(last: SandboxUsage, now: SandboxUsage): SandboxUsage {
  return {
    cpuTimeMs: Math.max(last.cpuTimeMs, now.cpuTimeMs),
    memoryBytes: now.memoryBytes,
    peakMemoryBytes: Math.max(last.peakMemoryBytes, now.peakMemoryBytes, now.memoryBytes),
    oomKills: Math.max(last.oomKills, now.oomKills),
    pidsLimitHits: Math.max(last.pidsLimitHits, now.pidsLimitHits),
  };
}

async function readEngineUsage(container: Container): Promise<SandboxUsage | undefined> {
  try {
    const stats = await container.stats({ stream: false, 'one-shot': true });
    const { usage, max_usage: peak } = stats.memory_stats;
    if (usage === undefined) return undefined;
    return {
      ...nothing,
      cpuTimeMs: (stats.cpu_stats.cpu_usage?.total_usage ?? 0) / 1e6,
      memoryBytes: usage,
      peakMemoryBytes: peak ?? usage,
    };
  } catch (error) {
    if (engineStatus(error) === 404 || engineStatus(error) === 409) return undefined;
    throw engineFault(error);
  }
}

/** False also where nobody can say any more: the container was removed, or the engine is gone. */
async function wasOomKilled(container: Container): Promise<boolean> {
  return container.inspect().then(
    ({ State }) => State.OOMKilled,
    () => false,
  );
}
