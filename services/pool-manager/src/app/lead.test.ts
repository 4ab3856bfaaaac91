import {
  fromJsonBytes,
  Plan,
  SetPolicyRequest,
  StoredPolicy,
  type Template,
  toJsonBytes,
} from '@pilotlight/contracts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { kvPlanStore } from '../adapters/kv-plan-store.ts';
import { kvPolicyStore } from '../adapters/kv-policy-store.ts';
import { kvTemplateStore } from '../adapters/kv-template-store.ts';
import { createWorld, entry, type World } from '../testing/world.ts';
import { changePolicy } from './change-policy.ts';
import { leadTerm } from './lead.ts';

const entries = [entry('javascript', 3, 12), entry('python', 4, 20)];
const templates = entries.map(({ template }) => template);
let world: World;
let term: AbortController;
const warnings: string[] = [];
const logger = {
  info: () => undefined,
  warn: (...words: readonly unknown[]) => void warnings.push(String(words.at(-1))),
};

beforeEach(async () => {
  world = await createWorld(entries);
  term = new AbortController();
  warnings.length = 0;
});
afterEach(() => world.close());

function lead(epoch: number, catalogue: readonly Template[] = templates): Promise<void> {
  const { pools, observations, clock } = world;
  const planStore = kvPlanStore(world.plans);
  const templateStore = kvTemplateStore(world.templates);
  const policyStore = kvPolicyStore(world.policies);
  const stores = { planStore, templateStore, policyStore };
  const what = { epoch, term: term.signal, pools, templates: catalogue };
  return leadTerm({ ...what, ...stores, observations, clock, logger });
}

const warm = (plan: Plan, node: string, template: string) =>
  plan.nodes
    .find((entry) => entry.node === node)
    ?.targets.find((target) => target.template === template)?.warm;

it('publishes the catalogue and a plan for the nodes that are there', async () => {
  await world.templates.put('gone', Buffer.from('{}'));
  await world.report('n1');
  const leading = lead(7);
  const plan = await world.planReached(() => true);
  expect(plan).toMatchObject({ epoch: 7, version: 1 });
  expect([warm(plan, 'n1', 'python'), warm(plan, 'n1', 'javascript')]).toEqual([4, 3]);
  expect(plan.nodes[0]?.prepare).toEqual(['javascript', 'python']);
  const stored = await world.templates.get('python');
  expect(JSON.parse(Buffer.from(stored?.value ?? []).toString())).toEqual(templates[1]);
  expect(await world.templates.get('gone')).toBeUndefined();
  term.abort();
  await leading;
});

it('answers demand and new nodes with a new version, and nothing with none', async () => {
  await world.report('n1', { pools: [{ template: 'python', ready: 4 }] });
  const leading = lead(1);
  await world.planReached((plan) => plan.version === 1);
  await world.report('n1', { pools: [{ template: 'python', ready: 4 }] });
  await world.lease('python', 6);
  const grown = await world.planReached((plan) => warm(plan, 'n1', 'python') === 9);
  expect(grown.version).toBe(2);
  await world.report('n2');
  const spread = await world.planReached((plan) => plan.nodes.length === 2);
  expect((warm(spread, 'n1', 'python') ?? 0) + (warm(spread, 'n2', 'python') ?? 0)).toBe(9);
  term.abort();
  await leading;
});

it("goes on from the last leader's plan instead of shrinking it", async () => {
  const targets = [{ template: 'python', warm: 15 }];
  const standing = Plan.create({ epoch: 3, version: 41, nodes: [{ node: 'n1', targets }] });
  await world.plans.put('current', toJsonBytes(Plan, standing));
  await world.report('n1', { pools: [{ template: 'python', ready: 15 }] });
  const leading = lead(4);
  const plan = await world.planReached(({ epoch }) => epoch === 4);
  expect([plan.version, warm(plan, 'n1', 'python')]).toEqual([42, 15]);
  term.abort();
  await leading;
});

it('takes up the policies that were changed under another leader, and tells all of them', async () => {
  await world.report('n1');
  const policyStore = kvPolicyStore(world.policies);
  const change = (minSize?: number, maxSize?: number) =>
    changePolicy(
      { pools: world.pools, policyStore },
      SetPolicyRequest.create({ template: 'python', minSize, maxSize }),
    );
  await change(7);
  await change(undefined, 15);
  const later = await createWorld(entries);
  const bytes = (await world.policies.get('python'))?.value ?? Buffer.of();
  await later.policies.put('python', bytes);
  await world.close();
  world = later;
  await world.report('n1');
  const leading = lead(1);
  const plan = await world.planReached(() => true);
  expect([warm(plan, 'n1', 'python'), warm(plan, 'n1', 'javascript')]).toEqual([7, 3]);
  expect(world.pools.list()[1]?.policy).toMatchObject({ minSize: 7, maxSize: 15 });
  const untouched = await world.policies.get('javascript');
  expect(fromJsonBytes(StoredPolicy, untouched?.value ?? Buffer.of())).toMatchObject({
    policy: { minSize: 3, maxSize: 12 },
  });
  term.abort();
  await leading;
});

it('passes over a change that does not fit the template any more, and says so', async () => {
  await world.report('n1');
  const changed = SetPolicyRequest.create({ template: 'python', minSize: 99 });
  await world.policies.put('python', toJsonBytes(StoredPolicy, StoredPolicy.create({ changed })));
  const leading = lead(1);
  const plan = await world.planReached(() => true);
  expect(warm(plan, 'n1', 'python')).toBe(4);
  expect(warnings).toEqual(['changes of policy do not fit']);
  term.abort();
  await leading;
});

it('gives way to a plan of a later term', async () => {
  await world.plans.put('current', toJsonBytes(Plan, Plan.create({ epoch: 9, version: 1 })));
  await world.report('n1');
  await lead(8);
  expect(await world.planReached(() => true)).toMatchObject({ epoch: 9, version: 1 });
});

it('waits for a bus that is away', async () => {
  await world.report('n1');
  world.bus.setStatus('disconnected');
  const leading = lead(1);
  world.bus.setStatus('connected');
  await world.planReached(({ version }) => version === 1);
  term.abort();
  await leading;
});
