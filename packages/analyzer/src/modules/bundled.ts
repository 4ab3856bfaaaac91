// Modules inside of a bundle. esbuild and rolldown wrap each CommonJS module, and each ES module that is loaded
// lazily, in a function under the module's path: `__commonJS({ "node_modules/a/index.js"(exports, module) {...} })`.
// One function of theirs calls all of these wrappers, so it is changed to have each call timed. What a bundler
// hoists into one scope, and what it minifies, has no such names.
import { bundledId } from './module-name.ts';
import type { Timeline } from './timeline.ts';

/** `cb[__getOwnPropNames(cb)[0]]`: how a wrapper is taken out of its object. */
const WRAPPER = /\b([A-Za-z_$][\w$]*)\[(__getOwnPropNames\w*)\(\1\)\[0\]\]/g;
/** The definitions stand at the beginning of a bundle. */
const HEAD_CHARACTERS = 16 * 1024;

/** A bundle's own `Symbol` may be another, and what is not there must not stop it. */
const recorder = 'globalThis[globalThis.Symbol.for("@pilotlight/analyzer")]';

/** The source with calls of wrappers that are told to the recorder; unchanged where there are none. */
export function withTimedWrappers(source: string, file: string): string {
  if (file.includes('node_modules')) return source;
  const head = source.slice(0, HEAD_CHARACTERS);
  if (!head.includes('[__getOwnPropNames')) return source;
  const timed = head.replace(WRAPPER, (original, wrappers: string, names: string) => {
    const parameters = `${wrappers},${names}(${wrappers})[0],${JSON.stringify(file)}`;
    return `(${recorder}?.modules?.bundled?.(${parameters})??${original})`;
  });
  return timed + source.slice(HEAD_CHARACTERS);
}

type Wrapper = (...parameters: unknown[]) => unknown;

/** The wrapper `key` of a bundle's `file`, timed when it is called. */
export function timedWrapper(
  timeline: Timeline,
  {
    wrapper,
    key,
    file,
  }: { readonly wrapper: Wrapper; readonly key: string; readonly file: string },
): Wrapper {
  return function (this: unknown, ...parameters: unknown[]): unknown {
    timeline.enter(bundledId(file, key), timeline.current() ?? file, performance.now());
    try {
      return Reflect.apply(wrapper, this, parameters);
    } finally {
      timeline.leave(performance.now());
    }
  };
}

/** The part of Node's `Module` that sees the source of each CommonJS file. */
export interface CompilingModule {
  prototype: { _compile(this: unknown, source: unknown, file: unknown): unknown };
}

/** Until the returned function is called, bundles among CommonJS files are compiled with timed wrappers. */
export function hookCompile({ prototype }: CompilingModule): () => void {
  const { _compile: original } = prototype;
  let on = true;
  function compile(this: unknown, source: unknown, file: unknown, ...rest: unknown[]): unknown {
    const changed =
      on && typeof source === 'string' && typeof file === 'string'
        ? withTimedWrappers(source, file)
        : source;
    return Reflect.apply(original, this, [changed, file, ...rest]);
  }
  prototype._compile = compile;
  return () => {
    on = false;
    if (prototype._compile === compile) prototype._compile = original;
  };
}
