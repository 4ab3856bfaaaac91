// A pool-manager's surroundings in memory: bus, clock, nodes and requests.
import { setImmediate } from 'node:timers/promises';
import {
  fromJsonBytes,
  NodeStatus,
  Plan,
  SandboxEvent,
  subject,
  toJsonBytes,
} from '@pilotlight/contracts';
import { ManualClock } from '@pilotlight/lifecycle';
import { createMemoryBus } from '@pilotlight/messaging';
import { Observations } from '../app/observations.ts';
import { Pools } from '../app/pools.ts';
import { type CatalogueEntry, readCatalogue } from '../domain/catalogue.ts';

export function entry(name: string, minSize: number, maxSize: number): CatalogueEntry {
  const pool = { min_size: minSize, max_size: maxSize };
  const value = {
    name,
    description: name,
    language: name,
    image: name,
    runner: { argv: [name], files: [] },
    entry: 'main',
    limits: {},
    pool: { embedded: pool, cluster: pool },
  };
  const document = { value, placeOf: () => ({ line: 1, column: 1 }) };
  const files = { texts: new Map<string, string>(), binary: new Set<string>() };
  const shared = new Map([['init.sh', '']]);
  const result = readCatalogue(
    { folders: [{ folder: name, document, files }], missing: [], shared },
    { profile: 'embedded', maxTemplateBytes: 1_000_000 },
  );
  const [first] = result.ok ? result.entries : [];
  if (first === undefined) throw new Error(`no template: ${JSON.stringify(result)}`);
  return first;
}

/** Everything of it is released by `close`. */
export async function createWorld(entries: readonly CatalogueEntry[]) {
  const clock = new ManualClock();
  const bus = createMemoryBus({ now: () => clock.now() });
  const ended = new AbortController();
  const templates = entries.map(({ template }) => template.name);
  const logger = { warn: () => undefined };
  const observations = new Observations({ bus, clock, logger, templates });
  const watching = observations.watch(ended.signal);
  const plans = await bus.bucket('plan');
  await observations.nodesKnown;
  let heartbeat = 0;
  return {
    clock,
    bus,
    observations,
    plans,
    templates: await bus.bucket('templates'),
    policies: await bus.bucket('policies'),
    pools: new Pools(entries, observations, clock),

    /** A node reports itself; resolves when it was heard. */
    async report(node: string, status: Parameters<typeof NodeStatus.create>[0] = {}) {
      heartbeat += 1;
      const full = NodeStatus.create({ node, heartbeat, sandboxSlots: 100, ...status });
      const heard = nextChange(observations);
      await (await bus.bucket('nodes')).put(node, toJsonBytes(NodeStatus, full));
      await heard;
    },

    /** So many leases of a template; resolves when they were counted. */
    async lease(template: string, count: number) {
      const event = SandboxEvent.create({ type: 'leased', template });
      const on = subject('sandboxEvent', { type: 'leased', template });
      for (let n = 0; n < count; n += 1) {
        const heard = nextChange(observations);
        await bus.publish(on, toJsonBytes(SandboxEvent, event));
        await heard;
      }
    },

    /** Lets time pass until the stored plan is as `accept` says. */
    async planReached(accept: (plan: Plan) => boolean): Promise<Plan> {
      for (;;) {
        const stored = await plans.get('current');
        const plan = stored && fromJsonBytes(Plan, stored.value);
        if (plan !== undefined && accept(plan)) return plan;
        clock.advance(50);
        await setImmediate();
      }
    },

    async close() {
      ended.abort();
      await watching;
      await bus.close();
    },
  };
}

export type World = Awaited<ReturnType<typeof createWorld>>;

function nextChange(observations: Observations): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const off = observations.onChange(() => {
    off();
    resolve();
  });
  return promise;
}
