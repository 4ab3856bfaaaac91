// What is recorded of a function's cold starts, as its answer and as what recommendations are drawn from.
import type { ModuleLoad, Percentiles } from '@pilotlight/contracts';
import type { ObservedFunction, ObservedModule } from './functions/observed.ts';

/** One module over the cold starts that loaded it. */
export interface RecordedModule {
  readonly module: string;
  /** Milliseconds, with what it loaded itself; undefined where it was never long enough to be told. */
  readonly total: Percentiles | undefined;
  /** Without; undefined where no sender told. Then the fields up to `unusedStarts` are empty. */
  readonly self: Percentiles | undefined;
  /** Of the newest that told. */
  readonly parent: string;
  readonly path: string;
  readonly version: string;
  readonly files: number;
  readonly tellingStarts: number;
  readonly unusedStarts: number;
  /** Of the newest start that loaded it. */
  readonly lastLoadedAt: Date;
}

/** What is recorded of one function's cold starts in a range. */
export interface RecordedColdStarts {
  /** All of them. */
  readonly coldStarts: number;
  /** Of init_duration_ms of the newest 1,000; undefined where none told it. */
  readonly init: Percentiles | undefined;
  /** When the last of the newest `currentStarts` was; undefined with fewer. */
  readonly currentSince: Date | undefined;
  /** Of the newest `modulesLookedAt`, in any order; of thousands those that most starts loaded. */
  readonly modules: readonly RecordedModule[];
}

/**
 * Newest cold starts whose modules are looked at. A median of so many hardly moves with more; p99 lies
 * between the second and the third slowest. 1,000 with 300 modules each took an embedded database seconds.
 */
export const modulesLookedAt = 200;

/**
 * What none of so many newest cold starts loaded is of an older deployment, about which there is nothing
 * to do. As few as anything seen is told from: more would speak of it for longer, and with fewer what only
 * some starts load would come and go.
 */
export const currentStarts = 5;

/** A longer list is nothing that anybody reads. */
const mostModules = 500;

/** Largest average first. */
export function moduleLoads(
  modules: readonly RecordedModule[],
  init: Percentiles | undefined,
): ModuleLoad[] {
  const average = ({ total, self }: ModuleLoad) => total?.average ?? self?.average ?? 0;
  return modules
    .map(({ files: _, lastLoadedAt: __, tellingStarts, unusedStarts, ...module }) => ({
      ...module,
      share:
        module.self === undefined || init === undefined || init.p50 <= 0
          ? undefined
          : Math.min(1, module.self.p50 / init.p50),
      unusedRate: tellingStarts === 0 ? undefined : unusedStarts / tellingStarts,
    }))
    .toSorted((a, b) => average(b) - average(a))
    .slice(0, mostModules);
}

/** Without the modules that the function no longer loads. */
export function observedFunction({
  coldStarts,
  init,
  currentSince,
  modules,
}: RecordedColdStarts): ObservedFunction {
  const isCurrent = ({ lastLoadedAt }: RecordedModule) =>
    currentSince === undefined || lastLoadedAt >= currentSince;
  return {
    coldStarts: Math.min(coldStarts, modulesLookedAt),
    initP50Ms: init?.p50,
    modules: modules.filter(isCurrent).map(observedModule),
  };
}

function observedModule({
  total,
  self,
  lastLoadedAt: _,
  ...module
}: RecordedModule): ObservedModule {
  return {
    ...module,
    samples: Math.max(total?.samples ?? 0, self?.samples ?? 0),
    selfP50Ms: self?.p50,
    totalP50Ms: total?.p50,
  };
}
