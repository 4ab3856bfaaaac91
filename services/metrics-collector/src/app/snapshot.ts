// What the collector knows at this moment, for those who judge it: the metrics show it, and alerts are
// decided by it.
import type { QueueDepth } from '../domain/queue-depth.ts';
import type { RecentTimes } from '../domain/template-times.ts';

export interface TemplateSnapshot extends RecentTimes {
  /** One of the catalogue's names, or `unknown` for all others together. */
  readonly template: string;
  /** Share of requesters who got a warm one, 0 to 1; undefined where nobody asked lately. */
  readonly warmHitRatio: number | undefined;
  /** Nodes where its breaker is open. Where its toolchain is missing it is unavailable, which is no failure. */
  readonly failingNodes: readonly FailingNode[];
}

export interface FailingNode {
  readonly node: string;
  /** For people. */
  readonly problem: string;
}

export interface NodeSnapshot {
  readonly node: string;
  readonly isDraining: boolean;
  /** Undefined where the node cannot measure its machine. */
  readonly resources: NodeUse | undefined;
  /** Of the oldest sandbox without an owner that is still there; 0 without any. */
  readonly oldestOrphanSeconds: number;
}

export interface NodeUse {
  /** 0 to 1. */
  readonly cpuUsedRatio: number;
  readonly memoryUsedRatio: number;
  readonly diskUsedRatio: number;
  /** Since the machine started. */
  readonly networkReceivedBytes: number;
  readonly networkSentBytes: number;
  readonly diskReadBytes: number;
  readonly diskWrittenBytes: number;
  readonly pressure: PressureLevel;
  /** `cpu`, `memory` or `disk`; empty without pressure. */
  readonly pressureOf: string;
}

/** `unknown` is a word that this version has not heard of. */
export const pressureLevels = ['none', 'warning', 'critical', 'shedding', 'unknown'] as const;
export type PressureLevel = (typeof pressureLevels)[number];

/** Sorted by name, so that two of the same state are equal. */
export interface CollectorSnapshot {
  readonly templates: readonly TemplateSnapshot[];
  /** Over all templates; undefined where nobody asked lately. */
  readonly warmHitRatio: number | undefined;
  /** Nodes that live. */
  readonly nodes: readonly NodeSnapshot[];
  /** As last read; undefined until then. */
  readonly queues: readonly QueueDepth[] | undefined;
}
