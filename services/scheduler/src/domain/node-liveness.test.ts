import { describe, expect, it } from 'vitest';
import { livenessOf, probed, reported, silentAfterMs } from './node-liveness.ts';

const first = reported(undefined, { incarnation: 'i1', heartbeat: 1 }, 0);

describe('liveness', () => {
  it('lives as long as its heartbeat changes', () => {
    const second = reported(first, { incarnation: 'i1', heartbeat: 2 }, 4_000);
    expect(livenessOf(second, 4_000 + silentAfterMs - 1)).toBe('alive');
  });

  it('is silent when the same report is read again and again', () => {
    const again = reported(first, { incarnation: 'i1', heartbeat: 1 }, 4_999);
    expect(livenessOf(again, silentAfterMs)).toBe('silent');
  });

  it('is dead only when it is silent and does not answer', () => {
    expect(livenessOf(probed(first, false, 1_000), 1_000)).toBe('alive');
    expect(livenessOf(probed(first, false, 6_000), 6_000)).toBe('dead');
    expect(livenessOf(probed(first, true, 6_000), 6_000)).toBe('alive');
  });

  it('wakes with the next heartbeat, and with a new incarnation', () => {
    const dead = probed(first, false, 6_000);
    expect(livenessOf(reported(dead, { incarnation: 'i1', heartbeat: 2 }, 7_000), 7_000)).toBe(
      'alive',
    );
    expect(livenessOf(reported(dead, { incarnation: 'i2', heartbeat: 1 }, 7_000), 7_000)).toBe(
      'alive',
    );
  });
});
