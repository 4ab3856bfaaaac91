// Questions to the recorded history, in the words of a program.
import type {
  Activity,
  AnalyzeResponse,
  Stats,
  StatsServiceDefinition,
} from '@pilotlight/contracts';
import type { Client } from '@pilotlight/rpc';

type StatsRpc = Client<StatsServiceDefinition>;

/** Of requests: the start is included, the end is not. By default the last 24 hours. */
export interface StatsRange {
  readonly start?: Date;
  readonly end?: Date;
}

export interface StatsOptions extends StatsRange {
  /** By default all. */
  readonly template?: string;
  readonly userId?: string;
  /** Most templates, and most users, that are told apart; 50 by default, at most 1,000. */
  readonly limit?: number;
}

export interface ActivityOptions extends StatsRange {
  /** By default all. */
  readonly template?: string;
  readonly userId?: string;
  /** Only requests whose sandbox never came up. */
  readonly failedOnly?: boolean;
  /** 100 by default, at most 1,000. */
  readonly limit?: number;
}

export interface AnalyzeOptions extends StatsRange {
  /** By default all that had starts or requests. */
  readonly template?: string;
}

export function getStats(stats: StatsRpc, options: StatsOptions = {}): Promise<Stats> {
  const { start, end, ...wanted } = options;
  return stats.getStats({ ...wanted, range: { start, end } });
}

export async function listActivity(
  stats: StatsRpc,
  options: ActivityOptions = {},
): Promise<readonly Activity[]> {
  const { start, end, ...wanted } = options;
  return (await stats.listActivity({ ...wanted, range: { start, end } })).activity;
}

export function analyze(stats: StatsRpc, options: AnalyzeOptions = {}): Promise<AnalyzeResponse> {
  const { start, end, ...wanted } = options;
  return stats.analyze({ ...wanted, range: { start, end } });
}
