// How slow the machine is at this moment, for tests that hold the product to a time.
import { spawnSync } from 'node:child_process';

/** Milliseconds to start and reap /bin/true from Node on a quiet machine of two cores. */
const quietMs = 1.5;
const rounds = 20;

/**
 * By how many times a machine that shares its cores with others is slower than a quiet one: the 9th of 10
 * processes started in turn, and at least 1. A bound in milliseconds is multiplied with it, after what it bounds,
 * so that it says something of the product and nothing of the machine. Takes some 50 ms.
 */
export function slowness(): number {
  const times = Array.from({ length: rounds }, () => {
    const begunMs = performance.now();
    spawnSync('/bin/true');
    return performance.now() - begunMs;
  });
  const slow = times.toSorted((a, b) => a - b)[Math.floor(rounds * 0.9)] ?? quietMs;
  return Math.max(1, slow / quietMs);
}
