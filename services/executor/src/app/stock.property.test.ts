// Whatever callers, plans and the driver do, in whatever order: what must hold of the stock holds.
import { type Lease, PlatformError } from '@pilotlight/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTestNode, leaseRequest, never, type TestNode } from '../testing/test-node.ts';
import { quiet, until } from '../testing/until.ts';

const sandboxSlots = 6;
const maxConcurrentCreates = 2;

const templates = fc.constantFrom('python', 'generic');
const steps = fc.oneof(
  fc.record({ kind: fc.constant('lease' as const), template: templates }),
  fc.record({ kind: fc.constant('release' as const) }),
  fc.record({ kind: fc.constant('want' as const), template: templates, warm: fc.nat(8) }),
  fc.record({ kind: fc.constant('ready' as const) }),
  fc.record({ kind: fc.constant('fail' as const) }),
  fc.record({ kind: fc.constant('die' as const), which: fc.nat(10) }),
  fc.record({ kind: fc.constant('measured' as const), isShort: fc.boolean() }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(2_000) }),
);
type Step = typeof steps extends fc.Arbitrary<infer T> ? T : never;

interface World {
  readonly node: TestNode;
  readonly leases: Lease[];
  readonly pending: Set<Promise<void>>;
}

function lease({ node, leases, pending }: World, template: string): void {
  const work = node.leases.lease(leaseRequest({ template }), never).then(
    (given) => void leases.push(given),
    (error: unknown) =>
      expect(['resource_exhausted', 'unavailable']).toContain(PlatformError.from(error).code),
  );
  pending.add(work);
}

function take(world: World, step: Step): void {
  const { node, leases } = world;
  const [creation] = node.driver.pending;
  if (step.kind === 'lease') lease(world, step.template);
  else if (step.kind === 'release') {
    const given = leases.shift();
    if (given !== undefined) node.leases.release(given);
  } else if (step.kind === 'want') node.stock.setTargets([{ ...step, ttlSeconds: 3_600 }]);
  else if (step.kind === 'measured') node.stock.setShortage(step.isShort ? 'short' : undefined);
  else if (step.kind === 'ready') creation?.succeed();
  else if (step.kind === 'fail') creation?.fail(new PlatformError('internal', 'bad luck'));
  else if (step.kind === 'die') [...node.driver.living.values()][step.which]?.vanish();
  else node.clock.advance(step.ms);
}

function check({ node, leases }: World): void {
  expect(node.registry.census().all).toBeLessThanOrEqual(sandboxSlots);
  expect(node.driver.pending.length).toBeLessThanOrEqual(maxConcurrentCreates);
  expect(new Set(leases.map(({ sandboxId }) => sandboxId)).size).toBe(leases.length);
  const held = node.registry.all().filter(({ state }) => state === 'leased');
  expect(held.length).toBe(node.leases.size);
}

describe('the stock, whatever happens', () => {
  it('never leases a sandbox twice, never passes its slots, and comes to rest', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { maxLength: 40 }), async (given) => {
        const node = createTestNode({ sandboxSlots, maxConcurrentCreates });
        node.driver.isPrompt = false;
        const world: World = { node, leases: [], pending: new Set() };
        for (const step of given) {
          take(world, step);
          await quiet(6);
          check(world);
        }
        const closed = node.stock.close();
        node.leases.endAll();
        await closed;
        await Promise.all(world.pending);
        node.leases.endAll();
        await node.disposal.settled();
        await until(() => node.registry.all().length === 0);
        expect(node.driver.living.size).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});
