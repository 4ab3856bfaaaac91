// What alerts are decided by. The collector's snapshot has more; the rules ask for no more than this.
/** Everything that is known at one moment. */
export interface Observed {
  readonly templates: readonly ObservedTemplate[];
  /** Over all templates, 0 to 1; undefined where nobody asked lately. */
  readonly warmHitRatio: number | undefined;
  readonly nodes: readonly ObservedNode[];
  readonly queues: readonly ObservedQueue[];
  readonly consumers: readonly ObservedConsumer[];
  /** As the stats-recorder last said it; undefined where none says anything. */
  readonly database: ObservedDatabase | undefined;
}

export interface ObservedTemplate {
  readonly template: string;
  readonly acquisition: Readonly<Record<'warm' | 'cold' | 'all', ObservedTimes | undefined>>;
  readonly start: ObservedTimes | undefined;
  readonly warmHitRatio: number | undefined;
  readonly failingNodes: readonly { readonly node: string; readonly problem: string }[];
}

/** Seconds, of the last five minutes. */
export interface ObservedTimes {
  readonly count: number;
  readonly p99: number;
  readonly max: number;
}

export interface ObservedNode {
  readonly node: string;
  readonly oldestOrphanSeconds: number;
  readonly resources:
    | {
        readonly cpuUsedRatio: number;
        readonly memoryUsedRatio: number;
        readonly diskUsedRatio: number;
        readonly pressure: string;
        readonly pressureOf: string;
      }
    | undefined;
}

export interface ObservedQueue {
  readonly queue: string;
  /** Requests in the log, those being run included. */
  readonly depth: number;
  /** Of the oldest of them; 0 where there is none. */
  readonly oldestSeconds: number;
}

export interface ObservedConsumer {
  readonly consumer: string;
  readonly pending: number;
  readonly oldestSeconds: number;
}

export interface ObservedDatabase {
  readonly ok: boolean;
  /** For people; empty while it is well. */
  readonly reason: string;
}
