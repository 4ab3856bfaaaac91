// OnAction: what a user's action makes worth fetching is ordered, and done behind the caller's back.
import {
  addressOf,
  type FieldError,
  findTemplate,
  invalidFields,
  type NodeStatus,
  type OnActionRequest,
  type OnActionResponse,
  PlatformError,
  type PrefetchFile,
  type PrefetchRequest,
  type PrefetchResponse,
  type Template,
  userActions,
} from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import type { Logger } from '@pilotlight/telemetry';
import { contextKey, Fetched } from '../domain/fetched.ts';
import { type PlannedOrder, planPrefetch } from '../domain/prefetch-plan.ts';
import type { Pools } from './pools.ts';

/** Asks one node; a failure is a `PlatformError`. */
export type PrefetchOnNode = (
  address: string,
  request: PrefetchRequest,
) => Promise<PrefetchResponse>;

export interface PrefetchingOptions {
  readonly rules: PrefetchFile;
  readonly templates: readonly Template[];
  readonly pools: Pick<Pools, 'prefetch'>;
  readonly nodes: () => readonly NodeStatus[];
  readonly prefetchOnNode: PrefetchOnNode;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

const maxContext = 16;
const maxValueBytes = 1_024;

/** The leader's. What it has done is forgotten with its term; nodes know what they have done. */
export class Prefetching {
  readonly #options: PrefetchingOptions;
  readonly #fetched = new Fetched();
  readonly #underWay = new Set<Promise<void>>();

  constructor(options: PrefetchingOptions) {
    this.#options = options;
  }

  /** Throws `invalid_argument` for an action or template that nobody knows. */
  onAction(request: OnActionRequest): OnActionResponse {
    const { rules, clock } = this.#options;
    const template = this.#checked(request);
    const keyOf = (resource: string) => {
      const sandbox = resource === 'warm_sandbox' ? '' : (request.lease?.sandboxId ?? '');
      return contextKey([resource, request.userId, template.name, sandbox], request.context);
    };
    const situation = {
      action: request.action,
      hasSandbox: request.lease !== undefined,
      hasDeferredPackages: (template.packages?.deferred ?? []).length > 0,
      hasLanguageServer: template.lsp_server !== undefined,
    };
    const isKnown = (resource: string) => this.#fetched.has(keyOf(resource), clock.monotonicMs());
    const address = this.#nodeOf(request);
    const orders = planPrefetch(rules, situation, isKnown).map((order) =>
      reachable(order, address),
    );
    const wanted = orders.filter(({ outcome }) => outcome === 'ordered');
    for (const { resource } of wanted) this.#fetched.note(keyOf(resource), clock.monotonicMs());
    const work = this.#fetchAll(wanted, { request, template, address, keyOf });
    this.#underWay.add(work);
    void work.finally(() => this.#underWay.delete(work));
    return { orders };
  }

  /** Resolves when nothing that was ordered is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  #checked(request: OnActionRequest): Template {
    const problems: FieldError[] = [];
    if (!userActions.some((known) => known === request.action)) {
      const problem = `"${request.action}" is none of ${userActions.join(', ')}`;
      problems.push({ field: 'action', problem });
    }
    const { templates } = this.#options;
    const template = findTemplate(templates, request.template);
    if (template === undefined) {
      const known = templates.map(({ name }) => name).join(', ');
      problems.push({ field: 'template', problem: `"${request.template}" is none of ${known}` });
    }
    const entries = Object.entries(request.context);
    const isTooLong = entries.some(
      ([name, value]) => Buffer.byteLength(name + value) > maxValueBytes,
    );
    if (entries.length > maxContext || isTooLong) {
      const problem = `must be at most ${maxContext} entries of ${maxValueBytes} bytes`;
      problems.push({ field: 'context', problem });
    }
    if (template === undefined || problems.length > 0) throw invalidFields(problems);
    return template;
  }

  /** Of the node that the sandbox names; undefined where that is not up. */
  #nodeOf({ lease }: OnActionRequest): string | undefined {
    const place = lease && addressOf(lease.sandboxId);
    const node = this.#options
      .nodes()
      .find((one) => one.node === place?.node && one.incarnation === place.incarnation);
    return node?.address;
  }

  /** One after the other, in their order. Never rejects; what failed is forgotten, to be done again. */
  async #fetchAll(orders: readonly PlannedOrder[], what: Fetch): Promise<void> {
    const { log } = this.#options;
    for (const { resource } of orders) {
      try {
        const detail = await this.#fetch(resource, what);
        log.info({ resource, action: what.request.action, detail }, 'fetched ahead');
      } catch (thrown) {
        const { code, message } = PlatformError.from(thrown);
        log.warn({ resource, action: what.request.action, code, message }, 'not fetched ahead');
        this.#fetched.forget(what.keyOf(resource));
      }
    }
  }

  async #fetch(resource: string, { request, template, address }: Fetch): Promise<string> {
    const { pools, prefetchOnNode, rules } = this.#options;
    if (resource === 'warm_sandbox') return pools.prefetch(template.name);
    const { lease, context } = request;
    const command = rules.commands[resource] ?? [];
    const { detail } = await prefetchOnNode(address ?? '', { lease, resource, context, command });
    return detail;
  }
}

interface Fetch {
  readonly request: OnActionRequest;
  readonly template: Template;
  readonly address: string | undefined;
  readonly keyOf: (resource: string) => string;
}

function reachable(order: PlannedOrder, address: string | undefined): PlannedOrder {
  const needsNode = order.outcome === 'ordered' && order.resource !== 'warm_sandbox';
  if (!needsNode || address !== undefined) return order;
  return { ...order, outcome: 'skipped', detail: 'the node of that sandbox is not up' };
}
