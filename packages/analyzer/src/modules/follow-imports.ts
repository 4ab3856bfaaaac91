// How ES modules are timed, by what this Node has. The register entry for --import alone brings it: at the
// time when a handler's own file runs, all that it imports is compiled already, and every hook costs the start.
import Module from 'node:module';
import { hookImport, type ImportHook, type RegisterHooks } from './import-hooks.ts';
import { loaderUrl } from './loader-thread.ts';
import type { Timeline } from './timeline.ts';

interface NodeModule {
  registerHooks?: RegisterHooks;
  register?(specifier: string): void;
}

/**
 * Follows imports in this thread until its `end`. Where Node has no synchronous hooks it starts a loader
 * thread, which takes tens of milliseconds. `watchTurn` is told that modules are being loaded in this turn
 * of the event loop.
 */
export function followImports(timeline: Timeline, watchTurn: () => void): ImportHook {
  const { registerHooks, register } = Module as unknown as NodeModule;
  if (registerHooks !== undefined) return hookImport(registerHooks, timeline, watchTurn);
  register?.call(Module, loaderUrl());
  let on = true;
  return {
    evaluated(url, parent) {
      if (on) timeline.evaluated(url, parent, performance.now());
    },
    linked() {
      if (on) timeline.linked(performance.now());
    },
    listen() {},
    end() {
      on = false;
    },
  };
}
