// What this node is told through the key-value store: the plan and the template catalogue.
import { fromJsonBytes, Plan, PlatformError } from '@pilotlight/contracts';
import type { Bus, KeyValueChange } from '@pilotlight/messaging';
import { applyPlan, type PlanOptions } from '../app/plan.ts';
import type { Log } from '../app/ports.ts';
import type { Stock } from '../app/stock.ts';
import { CatalogueView } from './catalogue-view.ts';

export interface SubscriptionOptions {
  readonly bus: Bus;
  readonly stock: Stock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Follows the plan until the signal aborts; a value that cannot be read is logged and changes nothing. */
export async function followPlan(options: SubscriptionOptions & PlanOptions): Promise<void> {
  const { bus, signal, log } = options;
  const plans = await bus.bucket('plan');
  for await (const change of plans.watch(signal)) {
    if (change.kind !== 'put' || change.entry.key !== 'current') continue;
    tolerate(log, 'the plan cannot be read', () =>
      applyPlan(options, fromJsonBytes(Plan, change.entry.value)),
    );
  }
}

/**
 * Follows the catalogue until the signal aborts. The stock gets it whole, first when everything
 * that was there has been read, then at every change.
 */
export async function followCatalogue(options: SubscriptionOptions): Promise<void> {
  const templates = await options.bus.bucket('templates');
  const view = new CatalogueView();
  let isRead = false;
  for await (const change of templates.watch(options.signal)) {
    tolerate(options.log, 'a template cannot be read', () => take(view, change));
    isRead ||= change.kind === 'caught_up';
    if (isRead) options.stock.setCatalogue(view.templates);
  }
}

function take(view: CatalogueView, change: KeyValueChange): void {
  if (change.kind === 'put') view.put(change.entry.key, change.entry.value);
  else if (change.kind === 'removed') view.remove(change.key);
}

function tolerate(log: Log, message: string, work: () => void): void {
  try {
    work();
  } catch (thrown) {
    log.error({ err: PlatformError.from(thrown) }, message);
  }
}
