// Alerts on what nodes cannot do: make sandboxes, remove them, find room.
import { minuteMs, percent, secondMs, seconds } from './alert-figures.ts';
import type { AlertRule } from './alert-rule.ts';

export const templateFailing: AlertRule = {
  name: 'template_failing',
  measures: 'the share of nodes on which the breaker of a template is open',
  unit: 'ratio',
  comparison: '>',
  levels: [
    { severity: 'warning', threshold: 0, forMs: 0 },
    { severity: 'critical', threshold: 0.5, forMs: minuteMs },
  ],
  minSamples: 0,
  resolveAfterMs: 2 * minuteMs,
  labels: ['template'],
  source: 'A breaker opens after three failed creations in a row; on most nodes it is no accident.',
  meaning: 'Sandboxes of the template cannot be made there; refills have stopped.',
  remedy:
    'The summary has the last failure. Repair the image or the template; the breaker tries again by itself, at most a minute apart.',
  readings: ({ templates, nodes }) =>
    templates.map(({ template, failingNodes }) => {
      const value = nodes.length === 0 ? 0 : failingNodes.length / nodes.length;
      const [first] = failingNodes;
      const problem = first === undefined ? '' : `: ${first.node}: ${first.problem}`;
      const summary = `${template} cannot be made on ${failingNodes.length} of ${nodes.length} nodes${problem}`;
      return { labels: { template }, value, summary };
    }),
};

export const orphanAge: AlertRule = {
  name: 'orphan_age',
  measures: 'the age of the oldest sandbox of a node that has no owner and is still there',
  unit: 'seconds',
  comparison: '>=',
  levels: [
    { severity: 'warning', threshold: 60, forMs: 0 },
    { severity: 'critical', threshold: 600, forMs: 0 },
  ],
  minSamples: 0,
  resolveAfterMs: 30 * secondMs,
  labels: ['node'],
  source:
    'An executor looks every 30 s and removes what it finds at once: after a minute two tries have failed.',
  meaning: 'A sandbox that nobody owns cannot be removed; it holds memory and may still run code.',
  remedy:
    "Read the executor's log for why the removal fails; remove the container or its cgroup by hand, or restart the node.",
  readings: ({ nodes }) =>
    nodes.map(({ node, oldestOrphanSeconds }) => ({
      labels: { node },
      value: oldestOrphanSeconds,
      summary: `A sandbox without an owner has been on ${node} for ${seconds(oldestOrphanSeconds)}`,
    })),
};

export const resourcePressure: AlertRule = {
  name: 'resource_pressure',
  measures: "how much of a node's CPU, memory or disk is used",
  unit: 'ratio',
  comparison: '>=',
  levels: [
    { severity: 'warning', threshold: 0.8, forMs: 5 * minuteMs },
    { severity: 'critical', threshold: 0.9, forMs: 5 * minuteMs },
  ],
  minSamples: 0,
  resolveAfterMs: minuteMs,
  labels: ['node', 'resource'],
  source:
    "The performance document's resource thresholds: warning 80 %, critical 90 %. Five minutes, because programs may use all processors for a while.",
  meaning:
    'The node is nearly full. With 95 % of its memory in use, or 95 % of its disk and little left, it stops refills and evicts warm stock.',
  remedy:
    'Add a node or move load off this one; lower max_size of templates that are rarely used; for disk, remove images that no template uses.',
  readings: ({ nodes }) =>
    nodes.flatMap(({ node, resources }) => {
      if (resources === undefined) return [];
      const { cpuUsedRatio: cpu, memoryUsedRatio: memory, diskUsedRatio: disk } = resources;
      return Object.entries({ cpu, memory, disk }).map(([resource, value]) => ({
        labels: { node, resource },
        value,
        summary: `${node} uses ${percent(value)} of its ${resource}`,
      }));
    }),
};

export const nodeShedding: AlertRule = {
  name: 'node_shedding',
  measures: 'whether a node is so short of memory or disk that it acts on it (1 or 0)',
  unit: 'flag',
  comparison: '>=',
  levels: [{ severity: 'critical', threshold: 1, forMs: 0 }],
  minSamples: 0,
  resolveAfterMs: minuteMs,
  labels: ['node'],
  source:
    "The performance document's resource thresholds: action at 95 %. Not for processors, which warm stock does not use, nor for a disk with gigabytes left.",
  meaning:
    'The node has stopped refilling its pools and evicts warm sandboxes, the oldest first, until there is room. Acquires there are cold.',
  remedy: 'As for resource_pressure, at once.',
  readings: ({ nodes }) =>
    nodes.flatMap(({ node, resources }) => {
      if (resources === undefined) return [];
      const { pressure, pressureOf } = resources;
      const summary = `${node} is out of ${pressureOf || 'resources'}: refills have stopped and warm sandboxes are evicted, oldest first`;
      return [{ labels: { node }, value: pressure === 'shedding' ? 1 : 0, summary }];
    }),
};
