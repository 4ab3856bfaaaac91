// How short the machine runs of what sandboxes need, and what is done about it.
//
// level     from   until below   what the executor does
// warning   80 %   75 %          reports it
// critical  90 %   85 %          reports it
// shedding  95 %   90 %          orders no refills, retires warm stock; callers' cold starts go on
//
// The thresholds are those of seed 002. A level is left five points below the one at which it began:
// else what shedding gave back would be refilled and shed again.
//
// Cores are never a reason to shed. A node that is asked for all it can do has them all busy, which is
// what they are for; warm stock uses none of them, so that retiring it gives nothing back, and a refill
// left out is a cold start that somebody then waits for. Refills yield to work in other ways: they are
// few at once, and niced.
//
// Nor is a large disk that is nearly full: sandboxes take megabytes, and the last twentieth of such a disk
// has room for all of them. On a developer's machine it would be the end of warm stock.

const resources = ['memory', 'disk', 'cpu'] as const;
export type Resource = (typeof resources)[number];

const levels = ['none', 'warning', 'critical', 'shedding'] as const;
export type PressureLevel = (typeof levels)[number];

const beginsAt: Readonly<Record<PressureLevel, number>> = {
  none: 0,
  warning: 0.8,
  critical: 0.9,
  shedding: 0.95,
};
const hysteresis = 0.05;

/** Uploads, logs and bundles of a full node take a few hundred MiB, images that are pulled a few GiB. */
const roomyDiskBytes = 5 * 1024 ** 3;

/** Used shares, 0 to 1, and what is left. */
export interface Use extends Readonly<Record<Resource, number>> {
  readonly diskFreeBytes: number;
}

export type Pressure = Readonly<Record<Resource, PressureLevel>>;

export const noPressure: Pressure = { memory: 'none', disk: 'none', cpu: 'none' };

/** The pressure after another measurement. */
export function nextPressure(before: Pressure, use: Use): Pressure {
  const enoughBytes = roomyDiskBytes * (before.disk === 'shedding' ? 1 + hysteresis : 1);
  const worstOfDisk = use.diskFreeBytes < enoughBytes ? 'shedding' : 'critical';
  return {
    memory: nextLevel(before.memory, use.memory, 'shedding'),
    disk: nextLevel(before.disk, use.disk, worstOfDisk),
    cpu: nextLevel(before.cpu, use.cpu, 'critical'),
  };
}

/** The highest level, and which resource is at it; of several the one that shedding would help. */
export function highest(pressure: Pressure): {
  readonly level: PressureLevel;
  readonly of: Resource | undefined;
} {
  const level = levels.findLast((one) => Object.values(pressure).includes(one)) ?? 'none';
  const of = resources.find((resource) => pressure[resource] === level);
  return { level, of: level === 'none' ? undefined : of };
}

/** The highest level that has begun, or that has not been left yet. */
function nextLevel(before: PressureLevel, used: number, most: PressureLevel): PressureLevel {
  const holds = (level: PressureLevel) => {
    const isIn = levels.indexOf(before) >= levels.indexOf(level);
    return used >= beginsAt[level] - (isIn ? hysteresis : 0);
  };
  const reachable = levels.slice(0, levels.indexOf(most) + 1);
  return reachable.findLast(holds) ?? 'none';
}
