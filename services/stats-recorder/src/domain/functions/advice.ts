// One thing that could be done about one module, before it is weighed against the others.
import type { LoadedModule } from './load-tree.ts';

/** The words of the API. */
export type AdviceKind =
  | 'high_share'
  | 'unused'
  | 'duplicate_version'
  | 'barrel_import'
  | 'whole_sdk'
  | 'lighter_package'
  | 'lazy_candidate'
  | 'outside_bundle';

/**
 * What it rests on. `seen`: the cold starts show it. `known`: a table says so, with a measured saving.
 * `guessed`: it would help if the first call does without the module, which nobody told.
 */
export type Evidence = 'seen' | 'known' | 'guessed';

export interface Advice {
  readonly module: LoadedModule;
  readonly kind: AdviceKind;
  readonly evidence: Evidence;
  readonly issue: string;
  readonly suggestion: string;
  /** Milliseconds, not yet weighed against what others save of the same time. */
  readonly savingMs: number;
  /** Whether what the module loads is gone with it, so that advice about that has no object. */
  readonly takesBelow: boolean;
}

/** The function that the advice is for. */
export interface Start {
  readonly coldStarts: number;
  readonly initMs: number;
  readonly modules: readonly LoadedModule[];
}
