// Cold starts for tests of recommendations: what matters is named, the rest is harmless.
import type { ObservedFunction, ObservedModule } from '../domain/functions/observed.ts';

/** A package that the function's entry loads, with nothing below it: 10 ms, of 50 cold starts. */
export function observedModule(
  module: string,
  known: Partial<Omit<ObservedModule, 'module'>> = {},
): ObservedModule {
  const selfP50Ms = 'selfP50Ms' in known ? known.selfP50Ms : (known.totalP50Ms ?? 10);
  return {
    ...{ module, parent: '', version: '', files: 1, samples: 50 },
    ...{ path: '', totalP50Ms: selfP50Ms, unusedStarts: 0, tellingStarts: 0 },
    ...known,
    selfP50Ms,
  };
}

/** 1,000 ms of init, over as many cold starts as loaded the module most often. */
export function observedStart(
  modules: readonly ObservedModule[],
  initP50Ms: number | undefined = 1_000,
): ObservedFunction {
  const coldStarts = Math.max(0, ...modules.map(({ samples }) => samples));
  return { coldStarts, initP50Ms, modules };
}

/** As senders tell it that know no more than `module_timings`. */
export function timingsAlone(
  timings: Readonly<Record<string, number>>,
  samples = 1,
): ObservedModule[] {
  return Object.entries(timings).map(([module, totalP50Ms]) =>
    observedModule(module, { totalP50Ms, selfP50Ms: undefined, files: 0, samples }),
  );
}
