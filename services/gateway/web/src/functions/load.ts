// The modules of a function, as the page draws them.
import type { LoadedModule } from '@pilotlight/contracts/load-tree';
import type { FunctionDetails, ModuleFigures } from './wire.ts';

export interface Load extends LoadedModule {
  readonly figures: ModuleFigures;
}

/** The longest first. */
export function loadsOf({ module_breakdown: breakdown }: FunctionDetails): readonly Load[] {
  return Object.entries(breakdown)
    .map(([module, figures]) => ({
      ...{ module, parent: figures.parent ?? '', totalMs: figures.p50_ms, figures },
      selfMs: figures.self_p50_ms ?? undefined,
    }))
    .toSorted((a, b) => b.totalMs - a.totalMs);
}

/** Milliseconds of the whole start: its median, or what its longest module says where nobody told. */
export function wholeMsOf(details: FunctionDetails, loads: readonly Load[]): number {
  return details.init_duration?.p50_ms || Math.max(1, ...loads.map(({ totalMs }) => totalMs));
}

/** How much a part of the start it is by itself, from 0 to 4: its colour. */
export function heatOf(share: number): number {
  return [0.02, 0.05, 0.1, 0.2].filter((step) => share >= step).length;
}
