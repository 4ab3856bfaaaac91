// What is known of a function's cold starts before anybody says what to do about them.

/** One module over the cold starts that loaded it. */
export interface ObservedModule {
  /** Name as the sender made it: `moment`, `moment@2.1.0`, `./src/db`, `node:fs`, `(bundle)`. */
  readonly module: string;
  /** As in ModuleDetail, in the newest of the cold starts that told; empty where none did. */
  readonly path: string;
  readonly parent: string;
  readonly version: string;
  /** Largest number of files that were loaded with it; 0 where no sender told. */
  readonly files: number;
  /** Cold starts that loaded it: at least 1, at most `ObservedFunction.coldStarts`. */
  readonly samples: number;
  /**
   * Milliseconds without what it loaded itself; undefined where every sender sent `module_timings` alone.
   * Then `path`, `parent` and `version` are empty, which says nothing of who loaded it.
   */
  readonly selfP50Ms: number | undefined;
  /** Milliseconds with what it loaded itself; undefined where it was never long enough to be told. */
  readonly totalP50Ms: number | undefined;
  /** Of its cold starts, those that could tell whether the first call ran it, and those where it did not. */
  readonly tellingStarts: number;
  readonly unusedStarts: number;
}

/** The cold starts of one function that are looked at. */
export interface ObservedFunction {
  readonly coldStarts: number;
  /** Milliseconds, of those that told it; undefined where none did. */
  readonly initP50Ms: number | undefined;
  /** In any order, each name once; without those that the function no longer loads. */
  readonly modules: readonly ObservedModule[];
}
