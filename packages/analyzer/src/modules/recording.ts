// What the rest of the SDK knows of module timing.
import { builtin } from '../builtin.ts';
import { readTimingSettings } from '../config/timing-settings.ts';
import { sharedState } from '../shared-state.ts';
import { isBundle } from './bundle.ts';
import { startCoverage } from './first-call-coverage.ts';
import { bundledId, partsOf } from './module-name.ts';
import { createLeftOut } from './own-files.ts';
import { createVersionReader } from './package-version.ts';
import { type MoreHooks, startRecorder } from './recorder.ts';
import { type ModuleReport, reportOf } from './report.ts';
import type { TimedModule } from './timeline.ts';

export type { ModuleDetail, ModuleReport } from './report.ts';

/**
 * Times every module that is loaded from here on, until the first call begins or a report is made. Does
 * nothing where a copy of the SDK records already. `more`: see {@link startRecorder}.
 */
export function recordModules(more?: MoreHooks): void {
  const state = sharedState();
  state.modules ??= startRecorder(more);
}

/** Initialisation is over, or nobody will ask for its modules. Idempotent. */
export function endRecording(): void {
  sharedState().modules?.end();
}

/** What was loaded until initialisation ended, which is now if it has not. Reads package.json files. */
export function moduleReport(): ModuleReport {
  const recorder = sharedState().modules;
  recorder?.end();
  const files = filesOf(recorder?.modules() ?? []);
  const { functionFolder, runtimeFolder } = readTimingSettings();
  return reportOf(files, {
    functionFolder,
    leftOut: createLeftOut(runtimeFolder, functionFolder),
    versionOf: createVersionReader(),
    isBundle,
    usedOf: recorder?.used ?? (() => undefined),
  });
}

/**
 * The first call begins: what is loaded from here on is not part of initialisation. With
 * COLDSTART_DETECT_UNUSED=true, V8 counts from here on which functions run, until `end`, which takes a
 * few milliseconds on each side of the call; reports made afterwards tell it. Else undefined.
 */
export function watchFirstCall(): { end(): void } | undefined {
  const recorder = sharedState().modules;
  recorder?.end();
  if (recorder === undefined || !readTimingSettings().detectUnused) return undefined;
  const coverage = startCoverage();
  return {
    end: () => {
      recorder.used = coverage?.end();
    },
  };
}

/** Loaders name files by path or by URL. */
function filesOf(modules: readonly TimedModule[]): TimedModule[] {
  return modules.map(({ id, parent, selfMs }) => ({
    id: fileOf(id),
    parent: parent === undefined ? undefined : fileOf(parent),
    selfMs,
  }));
}

function fileOf(id: string): string {
  if (!id.startsWith('file:')) return id;
  try {
    const { file, bundled } = partsOf(id);
    const path = builtin('node:url').fileURLToPath(file);
    return bundled === undefined ? path : bundledId(path, bundled);
  } catch {
    return id;
  }
}
