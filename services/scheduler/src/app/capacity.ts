// How much room there is: the nodes' reports, corrected by what this leader has going itself, and
// who holds how much of it. Reports lag; deciding by them alone would send ten to one free slot.
import { PlatformError, projectOf } from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import {
  type Admission,
  type AdmissionLimits,
  admit,
  boundsWith,
  Occupancy,
} from '../domain/admission.ts';
import {
  candidates,
  type Need,
  type PlaceableNode,
  placementKind,
  problemWith,
  suspension,
  unavailability,
  versionsOn,
} from '../domain/placement.ts';
import type { TemplateVersions } from '../domain/select-template.ts';
import { Tally } from '../domain/tally.ts';
import type { NodeInventory } from './node-inventory.ts';
import type { EntitlementsOf } from './ports.ts';

/** Nodes try what they could not prepare again after so long. */
const unavailableRetryMs = 60_000;
/** The shortest time for which nodes leave a template alone that they failed to start. */
const suspendedRetryMs = 1_000;
/** How long a node that said "full" is left alone, unless it reports sooner. */
const refusedForMs = 100;

export interface CapacityOptions {
  readonly inventory: NodeInventory;
  readonly bounds: AdmissionLimits;
  /** Users are bound by the plan of the project that their id names, wherever they come from. */
  readonly entitlementsOf: EntitlementsOf;
  readonly clock: Clock;
}

/** One leader's view. Listeners are told of anything that may mean room; they must be quick. */
export class Capacity {
  readonly #inventory: NodeInventory;
  readonly #bounds: AdmissionLimits;
  readonly #entitlementsOf: EntitlementsOf;
  readonly #clock: Clock;
  readonly #occupancy = new Occupancy();
  readonly #runs = new Tally();
  readonly #runsByUser = new Tally();
  readonly #leasing = new Tally();
  readonly #refused = new Set<string>();
  readonly #listeners = new Set<() => void>();
  readonly #stopListening: () => void;

  constructor(options: CapacityOptions) {
    this.#inventory = options.inventory;
    this.#bounds = options.bounds;
    this.#entitlementsOf = options.entitlementsOf;
    this.#clock = options.clock;
    this.#stopListening = options.inventory.onChange((node) => {
      this.#refused.delete(node);
      this.changed();
    });
  }

  close(): void {
    this.#stopListening();
    this.#listeners.clear();
  }

  admit(user: string): Admission {
    return admit(this.#occupancy, user, this.#boundsOf(user));
  }

  /** Runs that a user may have at once beside the leases held now; at least 1. */
  runsAllowed(user: string): number {
    const leases = this.#occupancy.of(user) - this.runsOf(user);
    return Math.max(1, this.#boundsOf(user).perUser - leases);
  }

  /** Nodes to ask, best first; for a lease, `mark` is the user's. */
  candidates(kind: string, need: Need, mark?: string): PlaceableNode[] {
    return candidates(this.#placeable(), kind, need, mark);
  }

  /** What one more run of this user needs. */
  needOf(user: string): Need {
    return this.runsOf(user) > 0 ? 'another_run' : 'run';
  }

  /** Runs of a user that were ordered and have not ended. */
  runsOf(user: string): number {
    return this.#runsByUser.of(user);
  }

  /** Why nobody takes this kind, or ''. */
  problemWith(kind: string): string {
    return problemWith(this.#placeable(), kind);
  }

  /** What to tell somebody who would wait for what no node can make; undefined where one may. */
  unavailable(kind: string): PlatformError | undefined {
    const reason = unavailability(this.#placeable(), kind);
    if (reason === '') return undefined;
    return new PlatformError('unavailable', `"${kind}" is unavailable: ${reason}`, {
      retry: { kind: 'after', ms: unavailableRetryMs },
    });
  }

  /**
   * What to tell somebody who waits for a sandbox that nodes fail to start; undefined where one may come.
   * Executions may wait on: they have deadlines of their own.
   */
  suspended(kind: string): PlatformError | undefined {
    const reason = suspension(this.#placeable(), kind);
    if (reason === '') return undefined;
    return new PlatformError('unavailable', `"${kind}" cannot be started: ${reason}`, {
      retry: { kind: 'after', ms: suspendedRetryMs },
    });
  }

  /** The versions of a template on the nodes that take work. */
  versionsOf(template: string): TemplateVersions {
    return versionsOn(this.#placeable(), template);
  }

  /** What to place for a selected version; where nodes do not differ, any node will do. */
  kindOf(template: string, version: string): string {
    if (version === '') return template;
    const { known } = this.versionsOf(template);
    return placementKind(template, known.length > 1 ? version : '');
  }

  /** A run was ordered there. To be followed by one `endRun`. */
  startRun(node: string, user: string): void {
    this.#runs.add(node);
    this.#runsByUser.add(user);
    this.#occupancy.add(user);
  }

  endRun(node: string, user: string): void {
    this.#runs.remove(node);
    this.#runsByUser.remove(user);
    this.#occupancy.remove(user);
    this.changed();
  }

  /** A user holds a lease or is about to. To be followed by one `endLease`. */
  startLease(user: string): void {
    this.#occupancy.add(user);
  }

  endLease(user: string): void {
    this.#occupancy.remove(user);
    this.changed();
  }

  /** A node is being asked for a lease. To be followed by one `answered`. */
  asked(node: string): void {
    this.#leasing.add(node);
  }

  answered(node: string): void {
    this.#leasing.remove(node);
  }

  /** A node said that it has no room now. */
  refusedBy(node: string): void {
    this.#refused.add(node);
    this.#clock.after(refusedForMs, () => {
      if (this.#refused.delete(node)) this.changed();
    });
  }

  /** Returns what takes the listener off. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  #boundsOf(user: string): AdmissionLimits {
    return boundsWith(this.#bounds, this.#entitlementsOf(projectOf(user)));
  }

  #placeable(): PlaceableNode[] {
    return this.#inventory.all().map(({ status, liveness }) => ({
      status,
      liveness,
      runs: this.#runs.of(status.node),
      leasing: this.#leasing.of(status.node),
      refused: this.#refused.has(status.node),
    }));
  }
}
