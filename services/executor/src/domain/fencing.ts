// Leaders order with an epoch; whoever was overtaken is refused. One fence for each issuer.
import { PlatformError } from '@pilotlight/contracts';

/** Who gives orders: each has its own election, so their epochs are not comparable. */
export type Issuer = 'scheduler' | 'pool-manager';

/** The newest epoch seen of each issuer. Starts at nothing: an executor's start forgets. */
export class Fence {
  readonly #newest = new Map<Issuer, number>();

  /** True for the newest epoch so far and for newer ones, which it remembers. */
  admits(issuer: Issuer, epoch: number): boolean {
    const newest = this.#newest.get(issuer) ?? 0;
    if (epoch < newest) return false;
    this.#newest.set(issuer, epoch);
    return true;
  }

  /** Throws `failed_precondition` for an order of a leader that was overtaken. */
  check(issuer: Issuer, epoch: number): void {
    if (this.admits(issuer, epoch)) return;
    const newest = this.#newest.get(issuer);
    throw new PlatformError(
      'failed_precondition',
      `epoch ${epoch} of ${issuer} is over: epoch ${newest} has given orders here`,
    );
  }
}
