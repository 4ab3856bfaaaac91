// What an action of a user makes worth fetching: rules and what was done before in, orders out.
import {
  type PrefetchFile,
  type PrefetchPriority,
  prefetchPriorities,
} from '@pilotlight/contracts';

/** An action, and what can be done for whoever did it. */
export interface ActionSituation {
  readonly action: string;
  /** Whether a sandbox is held in which something can be done. */
  readonly hasSandbox: boolean;
  /** Whether the template has packages that are installed late. */
  readonly hasDeferredPackages: boolean;
  readonly hasLanguageServer: boolean;
}

export interface PlannedOrder {
  readonly resource: string;
  readonly priority: PrefetchPriority;
  readonly outcome: 'ordered' | 'known' | 'skipped';
  /** Why it was skipped; empty otherwise. */
  readonly detail: string;
}

/**
 * Orders by priority, and within one as the rules have them; a resource of several rules goes with the
 * first. `isKnown` says whether a resource was fetched for this context before.
 */
export function planPrefetch(
  { rules }: PrefetchFile,
  situation: ActionSituation,
  isKnown: (resource: string) => boolean,
): PlannedOrder[] {
  const matching = rules
    .filter(({ trigger }) => trigger === situation.action)
    .toSorted((a, b) => rank(a.priority) - rank(b.priority));
  const orders = new Map<string, PlannedOrder>();
  for (const { resources, priority } of matching) {
    for (const resource of resources) {
      if (orders.has(resource)) continue;
      const detail = obstacle(resource, situation);
      const outcome = detail !== '' ? 'skipped' : isKnown(resource) ? 'known' : 'ordered';
      orders.set(resource, { resource, priority, outcome, detail });
    }
  }
  return [...orders.values()];
}

function rank(priority: PrefetchPriority): number {
  return prefetchPriorities.indexOf(priority);
}

function obstacle(resource: string, situation: ActionSituation): string {
  if (resource === 'warm_sandbox') return '';
  if (resource === 'dependencies' && !situation.hasDeferredPackages) {
    return 'the template has no packages that are installed late';
  }
  if (resource === 'lsp_server' && !situation.hasLanguageServer) {
    return 'the template has no language server';
  }
  return situation.hasSandbox ? '' : 'it needs a sandbox that the user holds';
}
