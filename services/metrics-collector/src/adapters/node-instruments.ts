// The nodes and their machines.
import type { Metrics } from '@pilotlight/telemetry';
import type { CurrentState } from '../app/ports.ts';
import { type NodeUse, pressureLevels } from '../app/snapshot.ts';

/** Nodes that have series of their own, the first by name: 13 series each. All are counted. */
export const shownNodes = 200;

/** Registers the metrics; what is returned replaces their values. */
export function nodeInstruments(metrics: Metrics): (state: CurrentState) => void {
  const nodes = metrics.gauge('pilotlight_nodes', 'Nodes that live; draining ones apart', [
    'state',
  ]);
  const orphans = metrics.gauge(
    'pilotlight_node_oldest_orphan_seconds',
    'Age of the oldest sandbox without an owner that could not be removed yet; 0 without any',
    ['node'],
  );
  const machines = machineInstruments(metrics);
  return (state) => {
    const draining = state.nodes.filter(({ isDraining }) => isDraining).length;
    nodes.set({ state: 'live' }, state.nodes.length - draining);
    nodes.set({ state: 'draining' }, draining);
    orphans.reset();
    machines.reset();
    for (const { node, resources, oldestOrphanSeconds } of state.nodes.slice(0, shownNodes)) {
      orphans.set({ node }, oldestOrphanSeconds);
      if (resources !== undefined) machines.show(node, resources);
    }
  };
}

function machineInstruments(metrics: Metrics) {
  const ratio = (of: string, help: string) =>
    metrics.gauge(`pilotlight_node_${of}_used_ratio`, help, ['node']);
  const cpu = ratio('cpu', "Share of the node's processors in use, measured every 10 s");
  const memory = ratio('memory', "Share of the node's memory in use, measured every 10 s");
  const disk = ratio('disk', 'Share in use of the file system that holds the sandboxes');
  const bytes = (of: string, help: string) =>
    metrics.gauge(`pilotlight_node_${of}_bytes`, help, ['node', 'direction']);
  const network = bytes('network', 'Bytes over all interfaces since the machine started');
  const blocks = bytes('disk', 'Bytes over all disks since the machine started');
  const pressure = metrics.gauge(
    'pilotlight_node_pressure',
    'Whether this is how scarce something is on the node (1 or 0)',
    ['node', 'level'],
  );
  const all = [cpu, memory, disk, network, blocks, pressure];
  return {
    reset() {
      for (const gauge of all) gauge.reset();
    },
    show(node: string, use: NodeUse) {
      cpu.set({ node }, use.cpuUsedRatio);
      memory.set({ node }, use.memoryUsedRatio);
      disk.set({ node }, use.diskUsedRatio);
      network.set({ node, direction: 'received' }, use.networkReceivedBytes);
      network.set({ node, direction: 'sent' }, use.networkSentBytes);
      blocks.set({ node, direction: 'read' }, use.diskReadBytes);
      blocks.set({ node, direction: 'written' }, use.diskWrittenBytes);
      for (const level of pressureLevels) {
        pressure.set({ node, level }, level === use.pressure ? 1 : 0);
      }
    },
  };
}
