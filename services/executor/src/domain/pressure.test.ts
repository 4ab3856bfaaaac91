import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { highest, nextPressure, noPressure, type PressureLevel } from './pressure.ts';

const idle = { memory: 0, disk: 0, cpu: 0, diskFreeBytes: 1024 ** 3 };

/** The levels of one resource as its use goes through these values. */
function levelsOf(resource: 'memory' | 'disk' | 'cpu', uses: readonly number[]): PressureLevel[] {
  let pressure = noPressure;
  return uses.map((use) => {
    pressure = nextPressure(pressure, { ...idle, [resource]: use });
    return pressure[resource];
  });
}

describe('the pressure on a node', () => {
  it.each(['memory', 'disk'] as const)('of its %s rises at 80, 90 and 95 %%', (resource) => {
    expect(levelsOf(resource, [0.79, 0.8, 0.899, 0.9, 0.949, 0.95, 1])).toEqual(
      ['none', 'warning', 'warning', 'critical', 'critical', 'shedding', 'shedding'], //
    );
  });

  it('falls five points below where each level began', () => {
    expect(levelsOf('memory', [0.96, 0.91, 0.9, 0.899, 0.86, 0.849, 0.76, 0.749])).toEqual(
      ['shedding', 'shedding', 'shedding', 'critical', 'critical', 'warning', 'warning', 'none'], //
    );
  });

  it('falls at once past levels that are far away', () => {
    expect(levelsOf('memory', [0.96, 0.5])).toEqual(['shedding', 'none']);
  });

  it('does not come and go at a threshold', () => {
    expect(new Set(levelsOf('disk', [0.951, 0.949, 0.951, 0.93, 0.95]))).toEqual(
      new Set(['shedding']),
    );
  });

  it('of busy cores is never a reason to shed', () => {
    expect(levelsOf('cpu', [0.85, 1, 1, 1])).toEqual([
      ...['warning', 'critical', 'critical', 'critical'],
    ]);
  });

  it('of a disk that is nearly full is no reason to shed while there is room for images', () => {
    const gibibytes = [9, 4.9, 5.1, 5.3, 4.9].map((count) => count * 1024 ** 3);
    let pressure = noPressure;
    const levels = gibibytes.map((diskFreeBytes) => {
      pressure = nextPressure(pressure, { ...idle, disk: 0.97, diskFreeBytes });
      return pressure.disk;
    });
    expect(levels).toEqual(['critical', 'shedding', 'shedding', 'critical', 'shedding']);
  });

  it.each([
    [idle, 'none', undefined],
    [{ memory: 0.85, disk: 0.1, cpu: 0.1 }, 'warning', 'memory'],
    [{ memory: 0.85, disk: 0.92, cpu: 0.1 }, 'critical', 'disk'],
    [{ memory: 0.85, disk: 0.1, cpu: 1 }, 'critical', 'cpu'],
    [{ memory: 0.96, disk: 0.97, cpu: 1 }, 'shedding', 'memory'],
  ])('of %j is %s, of %s', (used, level, of) => {
    expect(highest(nextPressure(noPressure, { ...idle, ...used }))).toEqual({ level, of });
  });

  it('holds between where a level begins and where it ends, whatever came before', () => {
    const ratio = fc.double({ min: 0, max: 1, noNaN: true });
    const uses = fc.array(fc.record({ memory: ratio, disk: ratio, cpu: ratio }));
    fc.assert(
      fc.property(uses, (given) => {
        let pressure = noPressure;
        for (const used of given) {
          pressure = nextPressure(pressure, { ...idle, ...used });
          for (const resource of ['memory', 'disk'] as const) {
            if (used[resource] >= 0.95) expect(pressure[resource]).toBe('shedding');
            if (used[resource] < 0.9) expect(pressure[resource]).not.toBe('shedding');
            if (used[resource] < 0.75) expect(pressure[resource]).toBe('none');
          }
          expect(pressure.cpu).not.toBe('shedding');
        }
      }),
    );
  });
});
