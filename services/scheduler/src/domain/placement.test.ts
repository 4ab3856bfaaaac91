import { NodePool, NodeStatus } from '@pilotlight/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { candidates, canTake, type PlaceableNode, problemWith, suspension } from './placement.ts';

interface Sketch extends Partial<Omit<PlaceableNode, 'status'>> {
  readonly status?: Partial<NodeStatus>;
  readonly pool?: Partial<NodePool>;
}

function node(name: string, sketch: Sketch = {}): PlaceableNode {
  const pool = NodePool.create({ template: 'python', ...sketch.pool });
  const slots = { runSlots: 4, sandboxSlots: 4, pools: [pool] };
  return {
    liveness: 'alive',
    runs: 0,
    leasing: 0,
    refused: false,
    ...sketch,
    status: NodeStatus.create({ node: name, ...slots, ...sketch.status }),
  };
}

const busy = {
  runs: 4,
  status: { runs: 4, pools: [NodePool.create({ template: 'python', ready: 1 })] },
};

describe('canTake', () => {
  it.each<[string, Sketch, boolean, boolean]>([
    ['an idle node', {}, true, true],
    ['a silent node', { liveness: 'silent' }, false, false],
    ['a dead node', { liveness: 'dead' }, false, false],
    ['a draining node', { status: { draining: true } }, false, false],
    ['a node that has just refused', { refused: true }, false, false],
    ['a node without the template', { status: { pools: [] } }, false, false],
    ['a broken template', { pool: { problem: 'no image' } }, false, false],
    ['a broken template with stock left', { pool: { problem: 'x', ready: 1 } }, true, true],
    ['a node with all run slots taken', busy, false, true],
    ['a node with all sandboxes leased', { pool: { leased: 4 } }, true, false],
    ['leases under way', { leasing: 4 }, true, false],
    ['stock that is promised already', { leasing: 4, pool: { ready: 4 } }, true, false],
  ])('%s', (_, sketch, run, lease) => {
    const it = node('n', sketch);
    expect([canTake(it, 'python', 'run'), canTake(it, 'python', 'lease')]).toEqual([run, lease]);
  });
});

describe('candidates', () => {
  it('prefers ready stock, then the emptier node, then the name', () => {
    const nodes = [
      node('d', { pool: { leased: 1 } }),
      node('c'),
      node('b'),
      node('a', { pool: { leased: 3, ready: 1 } }),
    ];
    const names = candidates(nodes, 'python', 'lease').map((it) => it.status.node);
    expect(names).toEqual(['a', 'b', 'c', 'd']);
  });

  it('prefers the node that keeps a sandbox for the user, and to nobody else', () => {
    const nodes = [
      node('a', { pool: { ready: 1 } }),
      node('b', { pool: { leased: 3, reservedFor: ['ann', 'bob'] } }),
    ];
    const namesFor = (mark?: string) =>
      candidates(nodes, 'python', 'lease', mark).map((it) => it.status.node);
    expect(['ann', 'cid', undefined].map(namesFor)).toEqual([
      ...[
        ['b', 'a'],
        ['a', 'b'],
        ['a', 'b'],
      ],
    ]);
  });

  it('does not count stock that was promised since the node reported', () => {
    const promised = node('a', { pool: { ready: 1 }, leasing: 1 });
    const names = candidates([promised, node('b')], 'python', 'lease').map((it) => it.status.node);
    expect(names).toEqual(['b', 'a']);
  });

  it('gives the same order whatever the order of the nodes, and only nodes that can take it', () => {
    const sketches = fc.array(
      fc.record({ ready: fc.nat(3), leased: fc.nat(5), runs: fc.nat(5), draining: fc.boolean() }),
    );
    fc.assert(
      fc.property(sketches, (all) => {
        const nodes = all.map(({ ready, leased, runs, draining }, index) =>
          node(`n${index}`, { pool: { ready, leased }, runs, status: { draining } }),
        );
        const found = candidates(nodes, 'python', 'run');
        expect(candidates(nodes.toReversed(), 'python', 'run')).toEqual(found);
        expect(found.every((it) => canTake(it, 'python', 'run'))).toBe(true);
      }),
    );
  });
});

describe('problemWith', () => {
  it.each<[string, PlaceableNode[], string]>([
    ['no node', [], 'No node is up.'],
    ['only draining ones', [node('a', { status: { draining: true } })], 'No node is up.'],
    [
      'no node with it',
      [node('a', { status: { pools: [] } })],
      'No node offers the template "python".',
    ],
    [
      'a problem everywhere',
      [node('a', { pool: { problem: 'no image' } })],
      'No node can make "python": no image',
    ],
    ['a full node', [node('a', { runs: 4 })], ''],
  ])('says of %s', (_, nodes, problem) => {
    expect(problemWith(nodes, 'python')).toBe(problem);
  });
});

describe('suspension', () => {
  const broken = { pool: { problem: 'it ended' } };
  it.each<[string, PlaceableNode[], string]>([
    ['no node', [], ''],
    ['one that keeps failing', [node('a', broken)], 'it ended'],
    ['two that keep failing', [node('a', broken), node('b', broken)], 'it ended'],
    ['one that works', [node('a', broken), node('b')], ''],
    ['one that is full', [node('a', broken), node('b', { pool: { leased: 4 } })], ''],
    [
      'one that does not know it yet',
      [node('a', broken), node('b', { status: { pools: [] } })],
      '',
    ],
    ['one that is dead', [node('a', broken), node('b', { liveness: 'dead' })], 'it ended'],
    ['stock that is left', [node('a', { pool: { problem: 'it ended', ready: 1 } })], ''],
  ])('of %s', (_, nodes, reason) => {
    expect(suspension(nodes, 'python')).toBe(reason);
  });
});
