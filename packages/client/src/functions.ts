// Serverless functions under the analyzer, in the words of a program.
import type {
  FunctionMessage as AnalyzedFunction,
  FunctionDetails,
  StatsServiceDefinition,
} from '@pilotlight/contracts';
import type { Client } from '@pilotlight/rpc';
import type { StatsRange } from './stats.ts';

type StatsRpc = Client<StatsServiceDefinition>;

export interface ListFunctionsOptions {
  /** Slug; by default all that the key may see. */
  readonly project?: string;
  /** 100 by default, at most 1,000. */
  readonly limit?: number;
}

/** Of the cold starts that are looked at; by default those of the last 7 days. */
export interface GetFunctionOptions extends StatsRange {
  /** Slug; an admin needs it where several projects have a function of this name. */
  readonly project?: string;
}

export async function listFunctions(
  stats: StatsRpc,
  options: ListFunctionsOptions = {},
): Promise<readonly AnalyzedFunction[]> {
  return (await stats.listFunctions(options)).functions;
}

export function getFunction(
  stats: StatsRpc,
  functionName: string,
  options: GetFunctionOptions = {},
): Promise<FunctionDetails> {
  const { start, end, ...wanted } = options;
  return stats.getFunction({ ...wanted, function: functionName, range: { start, end } });
}
