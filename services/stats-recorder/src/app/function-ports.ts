// What questions about serverless functions need, and what keeps their recommendations current.
import type { FunctionMessage, ModuleRecommendation } from '@pilotlight/contracts';
import type { RecordedColdStarts } from '../domain/function-details.ts';
import type { Range } from './query-ports.ts';

/** Rejects as `StatsQueries` does. Empty project: of all. */
export interface FunctionQueries {
  /** Last seen first; statistics since that moment. */
  list(project: string, limit: number, since: Date): Promise<readonly FunctionMessage[]>;
  /** By id, else by name; several where several projects have one of that name. */
  find(project: string, name: string, since: Date): Promise<readonly FunctionMessage[]>;
  coldStarts(functionId: string, range: Range): Promise<RecordedColdStarts>;
}

/** A function with cold starts that its recommendations do not know. */
export interface ChangedFunction {
  readonly id: string;
  /** For `writeRecommendations`. */
  readonly coldStartsWritten: number;
}

export interface FunctionUpkeepStore {
  /** One that was not taken for so long, by anybody; undefined where there is none. */
  takeChanged(restMs: number): Promise<ChangedFunction | undefined>;
  /** In place of those that there are. */
  writeRecommendations(
    changed: ChangedFunction,
    recommendations: readonly ModuleRecommendation[],
    at: Date,
  ): Promise<void>;
}
