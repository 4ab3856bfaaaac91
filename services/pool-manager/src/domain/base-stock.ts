// The inventory formula: how much to hold so that what is asked for while the next delivery is
// under way is there already.

/** The share of refill times in which stock shall be enough. */
export const serviceLevel = 0.99;

/**
 * The stock that covers the demand of one refill time with `serviceLevel`: the quantile of a
 * Poisson distribution of that mean. An hourly forecast becomes stock this way because a leased
 * sandbox is replaced at once: what must be on the shelf is not an hour's demand but that of the
 * time until a replacement is ready. Bursts are not Poisson; the reactive floor is for them.
 */
export function baseStock(perHour: number, leadTimeMs: number): number {
  const mean = (perHour / 3_600_000) * leadTimeMs;
  if (mean <= 0) return 0;
  if (mean > 100) return Math.ceil(mean + 2.326 * Math.sqrt(mean));
  let probability = Math.exp(-mean);
  let cumulative = probability;
  let stock = 0;
  while (cumulative < serviceLevel) {
    stock += 1;
    probability *= mean / stock;
    cumulative += probability;
  }
  return stock;
}
