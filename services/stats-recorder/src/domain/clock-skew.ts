// Whether the moments that an event tells of can have come in the order in which they must have.
import type { SandboxEvent } from '@pilotlight/contracts';

/** Each follows the one before it. A warm sandbox is ready before it is asked for. */
const lifeOfSandbox = [
  'orderedAt',
  'sandboxCreatedAt',
  'imageReadyAt',
  'containerCreatedAt',
  'processStartedAt',
  'readyAt',
  'availableAt',
  'stoppedAt',
] as const satisfies readonly (keyof SandboxEvent)[];
const lifeOfRequest = [
  'requestReceivedAt',
  'availableAt',
  'stoppedAt',
] as const satisfies readonly (keyof SandboxEvent)[];

/**
 * True where some moment precedes one that must come before it, or a duration is negative: the
 * clocks of two machines differ, or one was set back meanwhile. Unset moments are skipped.
 */
export function isClockSkewed(event: SandboxEvent): boolean {
  if (goesBack(event, lifeOfSandbox) || goesBack(event, lifeOfRequest)) return true;
  if (event.acquisitionMs < 0) return true;
  return event.phases !== undefined && Object.values(event.phases).some((ms) => ms < 0);
}

function goesBack(
  event: SandboxEvent,
  moments: readonly (typeof lifeOfSandbox | typeof lifeOfRequest)[number][],
): boolean {
  let last = Number.NEGATIVE_INFINITY;
  for (const moment of moments) {
    const at = event[moment]?.getTime();
    if (at === undefined) continue;
    if (at < last) return true;
    last = at;
  }
  return false;
}
