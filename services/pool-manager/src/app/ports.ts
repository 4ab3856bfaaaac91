// What the use cases need of the world, beside the bus and the clock.
import type { Plan, SetPolicyRequest, StoredPolicy, Template } from '@pilotlight/contracts';

/** The one plan, written by compare-and-swap so that a leader of the past cannot undo a newer one. */
export interface PlanStore {
  /** The standing plan; undefined before the first. Rejects `unavailable` without a bus. */
  read(): Promise<Plan | undefined>;
  /** False where somebody else wrote since `read` or the last `write`: read again. */
  write(plan: Plan): Promise<boolean>;
}

/** Where executors and schedulers find the templates. */
export interface TemplateStore {
  /** Makes the store hold exactly these; writes only what differs. */
  publish(templates: readonly Template[]): Promise<void>;
}

/** What was changed of the pools' policies; it outlives every leader. Rejects `unavailable` without a bus. */
export interface PolicyStore {
  /** By template. */
  read(): Promise<ReadonlyMap<string, SetPolicyRequest>>;
  /** Writes only what differs. */
  write(template: string, policy: StoredPolicy): Promise<void>;
}
