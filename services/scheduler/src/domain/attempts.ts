// The life of a run as the leader sees it, and what follows when an attempt comes to nothing.
//
//   queued ──take──▶ running(attempt, node, incarnation) ──result stored──▶ gone from the book
//      ▲                  │ refused: the node was busy or draining; not counted
//      └──────────────────┤ lost: the node died; failed: the node could not do it; both counted
//                         └─ counted and none left: platform_error, and a copy in exec.dead
import { limits } from '@pilotlight/contracts';

/** Where an execution that has no result yet stands. */
export type Standing =
  | { readonly kind: 'queued' }
  | {
      readonly kind: 'running';
      readonly attempt: number;
      readonly node: string;
      /** Of the executor: everything of another incarnation is gone. */
      readonly incarnation: string;
    };

/** Why an attempt ended without a result. */
export type Setback =
  | { readonly kind: 'refused' }
  | { readonly kind: 'lost' }
  | { readonly kind: 'failed'; readonly problem: string };

export type Next =
  | { readonly kind: 'requeue'; readonly attempt: number }
  | { readonly kind: 'give_up'; readonly message: string };

/** What to do after attempt number `attempt` met a setback. */
export function afterSetback(attempt: number, setback: Setback): Next {
  if (setback.kind === 'refused') return { kind: 'requeue', attempt };
  if (attempt < limits.maxAttempts) return { kind: 'requeue', attempt: attempt + 1 };
  const last =
    setback.kind === 'lost' ? 'its node was lost' : `its node reported: ${setback.problem}`;
  const message = `Given up after ${attempt} attempts; in the last one ${last}`;
  return { kind: 'give_up', message: message.endsWith('.') ? message : `${message}.` };
}

/**
 * The attempt that a request found in the log starts with. Attempts made under an earlier leader are
 * known by the output they left; where a node that may be running one could not be asked, one is
 * assumed. Numbers must not repeat: readers tell attempts apart by them.
 */
export function firstAttempt(found: {
  readonly lastAttemptWithOutput: number;
  readonly nodesUnasked: boolean;
}): number {
  const made = Math.max(found.lastAttemptWithOutput, found.nodesUnasked ? 1 : 0);
  return Math.min(made + 1, limits.maxAttempts);
}
