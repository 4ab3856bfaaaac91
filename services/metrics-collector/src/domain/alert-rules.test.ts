import { describe, expect, it } from 'vitest';
import { alertRules } from './alert-rules.ts';
import { AlertBook } from './alerts.ts';
import type { Observed, ObservedNode, ObservedTemplate, ObservedTimes } from './observed.ts';

const idle: Observed = {
  templates: [],
  warmHitRatio: undefined,
  nodes: [],
  queues: [{ queue: 'standard', depth: 0, oldestSeconds: 0 }],
  consumers: [{ consumer: 'stats-recorder', pending: 0, oldestSeconds: 0 }],
  database: { ok: true, reason: '' },
};

const times = (count: number, p99: number, max = p99): ObservedTimes => ({ count, p99, max });

function python(fields: Partial<ObservedTemplate>): Observed {
  const none = { warm: undefined, cold: undefined, all: undefined };
  const template = { template: 'python', acquisition: none, start: undefined, failingNodes: [] };
  return { ...idle, templates: [{ ...template, warmHitRatio: undefined, ...fields }] };
}

function acquired(source: 'warm' | 'cold', is: ObservedTimes): Observed {
  const acquisition = { warm: undefined, cold: undefined, all: is };
  return python({ acquisition: { ...acquisition, [source]: is } });
}

const hits = (count: number, ratio: number): Observed => ({
  ...acquired('cold', times(count, 0.1)),
  warmHitRatio: ratio,
});

function onNode(fields: Partial<ObservedNode>): Observed {
  const node = { node: 'n1', oldestOrphanSeconds: 0, resources: undefined };
  return {
    ...idle,
    nodes: [
      { ...node, ...fields },
      { ...node, node: 'n2' },
    ],
  };
}

function used(cpuUsedRatio: number, pressure = 'none'): Observed {
  const rest = { memoryUsedRatio: 0.1, diskUsedRatio: 0.1, pressureOf: 'cpu' };
  return onNode({ resources: { cpuUsedRatio, pressure, ...rest } });
}

const failing = (...nodes: string[]): Observed => ({
  ...onNode({}),
  templates: python({ failingNodes: nodes.map((node) => ({ node, problem: 'no such image' })) })
    .templates,
});

const queued = (depth: number, oldestSeconds: number): Observed => ({
  ...idle,
  queues: [{ queue: 'standard', depth, oldestSeconds }],
});

const behind = (pending: number): Observed => ({
  ...idle,
  consumers: [{ consumer: 'stats-recorder', pending, oldestSeconds: 9 }],
});

const database = (ok: boolean): Observed => ({
  ...idle,
  database: { ok, reason: 'connection refused' },
});

/** What fires, as `name severity`, once `observed` has lasted for so long. */
function firing(observed: Observed, minutes = 0): string[] {
  const book = new AlertBook(alertRules());
  for (const nowMs of [0, minutes * 60_000]) book.evaluate(observed, { nowMs, at: new Date(0) });
  return book.open.map(({ rule, severity }) => `${rule.name} ${severity}`);
}

describe('the table of alerts', () => {
  it('has each name once, as a token of a subject, with levels that get worse', () => {
    const rules = alertRules();
    expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length);
    for (const { name, levels, comparison } of rules) {
      expect(name).toMatch(/^[a-z0-9]+(_[a-z0-9]+)*$/);
      const thresholds = levels.map(({ threshold }) => threshold);
      const worse = thresholds.toSorted((a, b) => (comparison === '<' ? b - a : a - b));
      expect(thresholds).toEqual(worse);
    }
  });

  it.each<[string, Observed, number, string[]]>([
    ['nothing at all', idle, 60, []],
    ['one start of 5 s', python({ start: times(1, 5) }), 60, []],
    ['one start of more', python({ start: times(1, 5.1) }), 0, ['slow_cold_start warning']],
    ['a slow acquire among few', acquired('cold', times(99, 60)), 60, []],
    ['slow acquires for a moment', acquired('cold', times(100, 5.1)), 0.5, []],
    ['slow cold acquires', acquired('cold', times(100, 5.1)), 1, ['p99_above_target_cold warning']],
    ['slow warm acquires', acquired('warm', times(100, 0.6)), 1, ['p99_above_target_warm warning']],
    ['warm acquires as slow as cold ones may be', acquired('cold', times(100, 0.6)), 60, []],
    ['few misses', hits(20, 0.75), 60, []],
    ['many misses of few acquires', hits(19, 0.1), 60, []],
    ['many misses', hits(20, 0.74), 2, ['low_hit_rate warning']],
    ['a short queue', queued(999, 119), 60, []],
    ['a long queue', queued(1_000, 0), 5, ['queue_depth warning']],
    ['a very long queue', queued(5_000, 0), 1, ['queue_depth critical']],
    ['an old request', queued(1, 120), 0, ['queue_age warning']],
    ['a very old request', queued(1, 600), 0, ['queue_age critical']],
    ['a template that fails on half of the nodes', failing('n1'), 60, ['template_failing warning']],
    ['a template that fails on all nodes', failing('n1', 'n2'), 1, ['template_failing critical']],
    ['a young orphan', onNode({ oldestOrphanSeconds: 59 }), 60, []],
    ['an orphan', onNode({ oldestOrphanSeconds: 60 }), 0, ['orphan_age warning']],
    ['an old orphan', onNode({ oldestOrphanSeconds: 600 }), 0, ['orphan_age critical']],
    ['a burst of events', behind(10_000), 0.5, []],
    ['a recorder that is slow', behind(10_000), 1, ['event_lag warning']],
    ['a recorder that is gone', behind(250_000), 1, ['event_lag critical']],
    ['a database that restarts', database(false), 0.25, []],
    ['a database that is away', database(false), 0.5, ['database_unreachable warning']],
    ['a database that stays away', database(false), 10, ['database_unreachable critical']],
    ['a busy node', used(0.79), 60, []],
    ['a full node', used(0.8), 5, ['resource_pressure warning']],
    ['a fuller node', used(0.9), 5, ['resource_pressure critical']],
    [
      'a node that sheds',
      used(0.96, 'shedding'),
      5,
      ['resource_pressure critical', 'node_shedding critical'],
    ],
  ])('%s', (_, observed, minutes, expected) => {
    expect(firing(observed, minutes)).toEqual(expected);
  });

  it('holds p99 against the targets that are set', () => {
    const rules = alertRules({ warmP99Seconds: 0.05, coldP99Seconds: 1 });
    const book = new AlertBook(rules);
    for (const nowMs of [0, 60_000]) {
      book.evaluate(acquired('warm', times(100, 0.06)), { nowMs, at: new Date(0) });
    }
    expect(book.open).toMatchObject([{ threshold: 0.05, value: 0.06 }]);
  });

  it('names what it read, with figures, and never a secret of an id', () => {
    const observed = { ...failing('n1', 'n2'), database: database(false).database };
    const summaries = alertRules().flatMap((rule) =>
      rule.readings(observed).map(({ summary }) => summary),
    );
    expect(summaries).toContain('python cannot be made on 2 of 2 nodes: n1: no such image');
    expect(summaries).toContain('The database does not answer: connection refused');
    for (const rule of alertRules()) {
      for (const { labels } of rule.readings(observed)) {
        expect(Object.keys(labels)).toEqual(rule.labels);
      }
    }
  });
});
