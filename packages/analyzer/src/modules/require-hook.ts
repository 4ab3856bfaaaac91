// Times CommonJS modules. Module._load sees every require and import of CommonJS (the time of looking a
// file up begins there), Module.prototype.load only what is not in the cache yet.
import { builtinModules } from 'node:module';
import type { Timeline } from './timeline.ts';

/** The parts of Node's `Module` that are patched; undocumented, the same from Node 18 to 26. */
export interface PatchedModule {
  _load(this: unknown, request: unknown, parent: unknown): unknown;
  prototype: { load(this: unknown, filename: unknown): unknown };
}

/** A builtin that loaded faster than this is not worth an entry. */
const BUILTIN_MIN_MS = 1;

const filenameOf = (module: unknown): string | undefined => {
  const name = (module as { filename?: unknown } | null | undefined)?.filename;
  return typeof name === 'string' ? name : undefined;
};

/** Asked thousands of times: paths, which most requests are, do not even need the time. */
const mayBeBuiltin = (request: unknown): request is string =>
  typeof request === 'string' && !request.startsWith('.') && !request.startsWith('/');

/** `node:...` where Node itself would answer this request. */
function builtinOf(request: string): string | undefined {
  if (request.startsWith('node:')) return request;
  return builtinModules.includes(request) ? `node:${request}` : undefined;
}

/**
 * Patches Node until the returned function is called. Others may patch before and after: a later patch is
 * left in place, and only the timing ends. Arguments, results, exceptions and `this` pass unchanged.
 * `began` is called before each file is evaluated, and what it answers afterwards; neither must throw.
 */
export function hookRequire(
  Module: PatchedModule,
  timeline: Timeline,
  began: (filename: string) => (() => void) | undefined,
): () => void {
  const now = performance.now.bind(performance);
  const { apply } = Reflect;
  const { _load: originalLoad } = Module;
  const { load: originalLoadFile } = Module.prototype;
  let on = true;
  /** When the require that is being answered began; undefined once its file was found. */
  let requiredAt: number | undefined;
  let requiredBy: unknown;

  // `arguments`, because a rest parameter makes an array in each of thousands of calls.
  function load(this: unknown, request: unknown, parent: unknown): unknown {
    // biome-ignore lint/complexity/noArguments: see above
    if (!on) return apply(originalLoad, this, arguments);
    const outerAt = requiredAt;
    const outerBy = requiredBy;
    const from = now();
    requiredAt = from;
    requiredBy = parent;
    try {
      // biome-ignore lint/complexity/noArguments: see above
      return apply(originalLoad, this, arguments);
    } finally {
      if (requiredAt === from && on && mayBeBuiltin(request)) {
        const at = now();
        const builtin = at - from > BUILTIN_MIN_MS ? builtinOf(request) : undefined;
        if (builtin !== undefined) {
          timeline.builtin(builtin, filenameOf(parent) ?? timeline.current(), from, at);
        }
      }
      requiredAt = outerAt;
      requiredBy = outerBy;
    }
  }

  function loadFile(this: unknown, filename: unknown): unknown {
    if (!on || typeof filename !== 'string') {
      // biome-ignore lint/complexity/noArguments: see above
      return apply(originalLoadFile, this, arguments);
    }
    const ended = began(filename);
    timeline.enter(filename, filenameOf(requiredBy) ?? timeline.current(), requiredAt ?? now());
    requiredAt = undefined;
    try {
      // biome-ignore lint/complexity/noArguments: see above
      return apply(originalLoadFile, this, arguments);
    } finally {
      timeline.leave(now());
      ended?.();
    }
  }

  Module._load = load;
  Module.prototype.load = loadFile;
  return () => {
    on = false;
    if (Module._load === load) Module._load = originalLoad;
    if (Module.prototype.load === loadFile) Module.prototype.load = originalLoadFile;
  };
}
