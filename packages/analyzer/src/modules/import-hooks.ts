// Times ES modules. They are read and compiled first, all of them, and evaluated afterwards one after
// another; nothing in Node tells when a body ends. So a call is appended to each source, on a line of its
// own after the last: positions, strictness, source maps and top-level await stay as they were.
import { withTimedWrappers } from './bundled.ts';
import { LINKED_PREFIX, withEndMark } from './marks.ts';
import { MAX_MODULES, type Timeline } from './timeline.ts';

/** What follows imports; the marks in the modules call `evaluated` and `linked`. */
export interface ImportHook {
  /** `parent`: only where a loader thread made the mark. */
  evaluated(url: string, parent?: string): void;
  linked(): void;
  /**
   * Takes the hooks out of Node or puts them back. While they are in, Node asks them also for all that
   * CommonJS requires, and looks files up by a slower way, which a large CommonJS program would notice.
   */
  listen(listening: boolean): void;
  end(): void;
}

/** The synchronous hooks of `node:module`: Node 22.15, 23.5 and later. */
export type RegisterHooks = (hooks: { resolve: ResolveHook; load: LoadHook }) => {
  deregister(): void;
};

interface Resolved {
  url: string;
  format?: string | null | undefined;
}
interface ResolveContext {
  parentURL?: string | undefined;
  conditions?: readonly string[];
}
type ResolveHook = (
  specifier: string,
  context: ResolveContext,
  next: (specifier: string, context: ResolveContext) => Resolved,
) => Resolved;

interface Loaded {
  format?: string | null | undefined;
  source?: string | ArrayBuffer | ArrayBufferView | null | undefined;
}
type LoadHook = (
  url: string,
  context: object,
  next: (url: string, context: object) => Loaded,
) => Loaded;

/**
 * Follows imports in this thread until `end`. Hooks of others, and their errors, pass unchanged. `watchTurn`
 * is told that modules are being loaded in this turn of the event loop.
 */
export function hookImport(
  registerHooks: RegisterHooks,
  timeline: Timeline,
  watchTurn: () => void,
): ImportHook {
  const now = performance.now.bind(performance);
  const getBuiltin = process.getBuiltinModule?.bind(process);
  const decoder = new TextDecoder();
  const parents = new Map<string, string | undefined>();
  /** First modules of their graphs: a program's own file, and those that `import()` names. */
  const roots = new Set<string>();
  let graph = 0;
  /** Whether a body has run since the last import was resolved: the next one begins another graph. */
  let evaluating = true;
  let on = true;

  const note = (url: string, parent: string | undefined) => {
    if (parents.has(url) || parents.size >= MAX_MODULES) return;
    parents.set(url, parent);
    if (evaluating) {
      graph += 1;
      roots.add(url);
    }
    evaluating = false;
  };

  const hooks: Parameters<RegisterHooks>[0] = {
    resolve(specifier, context, next) {
      // What CommonJS requires is timed by its own hook.
      if (!on || context.conditions?.[0] === 'require' || specifier.startsWith(LINKED_PREFIX)) {
        return next(specifier, context);
      }
      watchTurn();
      // What is preloaded has the working directory for its parent.
      const parent = context.parentURL?.endsWith('/') ? undefined : context.parentURL;
      timeline.fetching(parent, now());
      const result = next(specifier, context);
      note(result.url, parent);
      return result;
    },
    load(url, context, next) {
      if (!on || url.startsWith(LINKED_PREFIX)) return next(url, context);
      if (url.startsWith('node:')) {
        const from = now();
        // Node would compile it right after this hook, where nothing can see it.
        getBuiltin?.(url);
        const at = now();
        if (at - from > 1) timeline.builtin(url, parents.get(url) ?? timeline.current(), from, at);
        return next(url, context);
      }
      const result = next(url, context);
      const { format, source } = result;
      if (timeline.current() === undefined) timeline.fetched(url, parents.get(url), now());
      if (!format?.startsWith('module') || source === null || source === undefined) return result;
      note(url, undefined);
      const text = typeof source === 'string' ? source : decoder.decode(source as Uint8Array);
      return {
        ...result,
        source: withEndMark(withTimedWrappers(text, url), url, graph, roots.has(url)),
      };
    },
  };
  let registered: { deregister(): void } | undefined = registerHooks(hooks);

  return {
    evaluated(url) {
      evaluating = true;
      if (on) timeline.evaluated(url, parents.get(url), now());
    },
    linked() {
      evaluating = true;
      if (on) timeline.linked(now());
    },
    listen(listening) {
      if (!on || listening === (registered !== undefined)) return;
      registered?.deregister();
      registered = listening ? registerHooks(hooks) : undefined;
    },
    end() {
      on = false;
      registered?.deregister();
      registered = undefined;
    },
  };
}
