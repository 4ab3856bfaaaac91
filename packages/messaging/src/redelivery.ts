// How long a batch that could not be handled waits before it is delivered again.

const firstDelayMs = 250;
const longestDelayMs = 30_000;

/**
 * The wait after the `delivery`th failed delivery of a message (1 for the first): 250 ms, doubled
 * each time, at most 30 s. Too short would spin on a handler whose database is gone, too long
 * would leave work lying after it is back.
 */
export function redeliveryDelayMs(delivery: number): number {
  const doublings = Math.min(Math.max(delivery - 1, 0), 16);
  return Math.min(firstDelayMs * 2 ** doublings, longestDelayMs);
}
