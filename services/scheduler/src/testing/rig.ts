// A leader on the bus in memory, with nodes and a clock that tests control.
import {
  Entitlements,
  type ExecutionEvent,
  ExecutionRequest,
  ExecutionResult,
  fromJsonBytes,
  PlatformError,
  type Principal,
  type Priority,
  type StreamName,
  SubmitRequest,
  subject,
  toJsonBytes,
} from '@pilotlight/contracts';
import { ManualClock } from '@pilotlight/lifecycle';
import { createMemoryBus, type MemoryBus } from '@pilotlight/messaging';
import { Catalogue } from '../app/catalogue.ts';
import { beginTerm, type LeaderTerm, type SchedulerParts } from '../app/leader-term.ts';
import { NodeInventory } from '../app/node-inventory.ts';
import type { NodeCalls } from '../app/ports.ts';
import { FakeNode } from './fake-node.ts';
import { templates } from './templates.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const uncounted = {
  acquired: () => undefined,
  dispatched: () => undefined,
  finished: () => undefined,
  setback: () => undefined,
  dead: () => undefined,
};

/** Everything of one platform but the processes. */
export class Rig {
  readonly clock = new ManualClock();
  readonly bus: MemoryBus = createMemoryBus({ now: () => this.clock.now() });
  readonly nodes = new Map<string, FakeNode>();
  /** By project; those that are not named have no key. */
  readonly plans = new Map<string, Entitlements>();
  readonly #over = new AbortController();
  #term = new AbortController();
  #epoch = 0;

  async addNode(
    name: string,
    change: (node: FakeNode) => void = () => undefined,
  ): Promise<FakeNode> {
    const node = new FakeNode(this.bus, name);
    change(node);
    this.nodes.set(name, node);
    await node.report();
    return node;
  }

  /** Another leader takes over; the one before loses its term without a word. */
  async lead(change: Partial<SchedulerParts> = {}): Promise<LeaderTerm> {
    this.#term.abort();
    this.#term = new AbortController();
    this.#epoch += 1;
    const { bus, clock } = this;
    const inventory = new NodeInventory(clock);
    const catalogue = new Catalogue(clock);
    const bucket = await bus.bucket('templates');
    for (const template of templates) {
      await bucket.put(template.name, Buffer.from(JSON.stringify(template)));
    }
    void catalogue.follow(bucket, this.#over.signal, silent);
    void inventory.follow(await bus.bucket('nodes'), this.#over.signal, silent);
    const parts: SchedulerParts = {
      ...{ bus, clock, inventory, catalogue, log: silent, observer: uncounted },
      keys: await bus.bucket('acquires'),
      callNode: ({ node }) => this.#calls(node),
      bounds: { global: 100, perUser: 50 },
      entitlementsOf: (project) => this.plans.get(project),
      queueDeadlineMs: 900_000,
      bodyBudgetBytes: 1024 * 1024,
      ...change,
    };
    const begun = beginTerm(parts, this.#epoch, this.#term.signal);
    await this.until(async () => (await settled(begun)) === true, 100);
    return begun;
  }

  /** Puts a project on a plan, and gives it a key; returns whom the key speaks for. */
  addProject(project: string, plan: Partial<Entitlements> = {}): Principal {
    const entitlements = Entitlements.create({ plan: 'small', priority: 'normal', ...plan });
    this.plans.set(project, entitlements);
    const key = { keyHash: project, keyId: project, userId: '', role: 'project' } as const;
    return { ...key, project, entitlements };
  }

  /** On a project's own subject, where there is one. */
  async publish(
    id: string,
    change: Partial<ExecutionRequest> = {},
    project?: string,
  ): Promise<void> {
    const request = ExecutionRequest.create({
      ...{ id, userId: 'u', language: 'python', code: Buffer.from('1'), priority: 'normal' },
      ...change,
    });
    const where = { priority: request.priority as Priority, language: request.language };
    const to =
      project === undefined
        ? subject('executionRequest', where)
        : subject('projectRequest', { ...where, project });
    await this.bus.publish(to, toJsonBytes(ExecutionRequest, request), { messageId: id });
  }

  async result(id: string): Promise<ExecutionResult | undefined> {
    const stored = await this.bus.readLast('EXEC_RESULTS', subject('executionResult', { id }));
    return stored && fromJsonBytes(ExecutionResult, stored.data);
  }

  /** Messages in a stream. */
  async stored(stream: StreamName): Promise<number> {
    const counts = await this.bus.count(stream, '>');
    return [...counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Turns the event loop until a condition holds; with `stepMs`, time passes on every turn. */
  async until(condition: () => unknown, stepMs = 0): Promise<void> {
    for (let turn = 0; turn < 500; turn += 1) {
      if (await condition()) return;
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (stepMs > 0) this.clock.advance(stepMs);
    }
    throw new Error(`It did not come to be: ${condition}`);
  }

  /** Lets everything happen that needs no time. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn += 1) {
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  async close(): Promise<void> {
    this.#term.abort();
    this.#over.abort();
    await this.bus.close();
  }

  /** Time limits of calls run on the manual clock. */
  #calls(name: string): NodeCalls {
    const node = this.nodes.get(name);
    if (node === undefined) throw new PlatformError('unavailable', 'no such node');
    return new Proxy(node, {
      get: (target, property: keyof NodeCalls) => {
        if (!(property in target)) return undefined;
        if (property === 'run' || property === 'exec') return target[property].bind(target);
        return (request: never, scope: { timeoutMs?: number; signal?: AbortSignal } = {}) => {
          const { timeoutMs } = scope;
          const call = (target[property] as (...it: unknown[]) => Promise<unknown>).bind(target);
          if (timeoutMs === undefined) return call(request, scope);
          const { promise, reject } = Promise.withResolvers<never>();
          const late = new PlatformError('deadline_exceeded', 'too late');
          const cancel = this.clock.after(timeoutMs, () => reject(late));
          return Promise.race([call(request, scope), promise]).finally(cancel);
        };
      },
    });
  }
}

/** A caller who waits for ever. */
export const caller = { signal: new AbortController().signal, traceparent: '' };

export function submitRequest(change: Partial<SubmitRequest> = {}): SubmitRequest {
  return SubmitRequest.create({ userId: 'u', language: 'python', code: '1', ...change });
}

/** Reads a watch in the background; `told` grows as it goes. */
export function collect(events: AsyncIterable<ExecutionEvent>): {
  readonly told: string[];
  readonly done: Promise<void>;
} {
  const told: string[] = [];
  const read = async () => {
    for await (const { event } of events) {
      if (event?.$case === 'status') told.push(event.status);
      if (event?.$case === 'output') told.push(`${event.output.attempt}.${event.output.sequence}`);
      if (event?.$case === 'restarted') told.push(`!${event.restarted}`);
      if (event?.$case === 'result') told.push(`=${event.result.status}`);
    }
  };
  return { told, done: read() };
}

async function settled(work: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  return (await Promise.race([work, Promise.resolve(pending)])) !== pending;
}
