// One recording of what this process loads, kept in the shared state.
import Module from 'node:module';
import { type CompilingModule, type hookCompile, timedWrapper } from './bundled.ts';
import type { UsedOf } from './first-call-coverage.ts';
import type { followImports } from './follow-imports.ts';
import { hookRequire, type PatchedModule } from './require-hook.ts';
import { createTimeline, type TimedModule } from './timeline.ts';

/** Its methods are called by other copies of the SDK and by the marks in ES modules; they never throw. */
export interface ModuleRecorder {
  evaluated(url: string, parent?: string): void;
  linked(): void;
  /** The member `key` of `wrappers`, by which a bundle loads a module of its own; see bundled.ts. */
  bundled(wrappers: Record<string, Wrapper>, key: string, file: string): Wrapper | undefined;
  /** Initialisation is over: Node is as it was before, and nothing more is recorded. Idempotent. */
  end(): void;
  modules(): readonly TimedModule[];
  /** Set when the first call was watched to its end. */
  used?: UsedOf | undefined;
}

type Wrapper = (...parameters: unknown[]) => unknown;

/** What the register entries bring. */
export interface MoreHooks {
  /** Times what is imported. */
  readonly follow?: typeof followImports;
  /** Times what is inside of bundles. */
  readonly compile: typeof hookCompile;
}

/** Starts to record what CommonJS loads, and what `more` can see. */
export function startRecorder(more?: MoreHooks): ModuleRecorder {
  const timeline = createTimeline(performance.now());
  let on = true;
  let turnWatched = false;
  const watchTurn = () => {
    if (turnWatched) return;
    turnWatched = true;
    setImmediate(() => {
      turnWatched = false;
      timeline.pause();
    }).unref();
  };
  watchTurn();
  const imports = more?.follow?.(timeline, watchTurn);
  const restoreCompile = more?.compile(Module as unknown as CompilingModule);
  let listening = true;
  const listen = (wanted: boolean) => {
    listening = wanted;
    imports?.listen(wanted);
  };
  const restoreRequire = hookRequire(Module as unknown as PatchedModule, timeline, (filename) => {
    watchTurn();
    if (imports === undefined) return undefined;
    const before = listening;
    // Own files may call import(), and an ES module that is required has imports; a package's files
    // require each other by the hundred.
    listen(!filename.includes('node_modules') || filename.endsWith('.mjs'));
    return () => listen(before);
  });

  return {
    evaluated: (url, parent) => imports?.evaluated(url, parent),
    linked: () => imports?.linked(),
    bundled(wrappers, key, file) {
      const wrapper = wrappers[key];
      return on && wrapper !== undefined ? timedWrapper(timeline, { wrapper, key, file }) : wrapper;
    },
    end() {
      if (!on) return;
      on = false;
      restoreRequire();
      restoreCompile?.();
      imports?.end();
    },
    modules: () => [...timeline.modules()],
  };
}
