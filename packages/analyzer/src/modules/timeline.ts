// The arithmetic of module times: every millisecond between two events goes to one module at most, so self
// times add up to what was spent. Knows nothing of Node's loaders; they report events.

/** One file, or one builtin, as it was loaded. */
export interface TimedModule {
  /** File name or URL, as the loader wrote it; `node:...` for a builtin. */
  readonly id: string;
  /** Id of what loaded it first, as far as the loader told. */
  parent: string | undefined;
  /** Milliseconds spent in it and not in what it loaded. */
  selfMs: number;
}

/** Past this many modules, further ones are summed in one, so that memory stays bounded. */
export const MAX_MODULES = 10_000;
/** Id of the sum of all modules past {@link MAX_MODULES}. */
export const OVERFLOW_ID = '(other modules)';

/** Events come from one thread, in the order of their times. No method throws. */
export interface Timeline {
  /**
   * A module that runs to its end in one go (CommonJS) begins; what it requires nests inside. Outside of
   * such a module, the time since the event before was the parent's.
   */
  enter(id: string, parent: string | undefined, at: number): void;
  /** The innermost entered module ended, also by an exception. */
  leave(at: number): void;
  /**
   * A loader begins to look for an import of `parent`. What was compiled before is so by now; if nothing
   * was, `parent` was running until here, and called `import()`.
   */
  fetching(parent: string | undefined, at: number): void;
  /** What began with {@link fetching} was done for this module. */
  fetched(id: string, parent: string | undefined, at: number): void;
  /** Modules are linked: evaluation begins. Linking itself is nobody's time. */
  linked(at: number): void;
  /** The body of an ES module has run to its end; it began when the event before ended. */
  evaluated(id: string, parent: string | undefined, at: number): void;
  /** A builtin was loaded, which took from `from` to `at`. */
  builtin(id: string, parent: string | undefined, from: number, at: number): void;
  /** The event loop was idle or did other work: what lies between is nobody's time. */
  pause(): void;
  /** Id of the innermost entered module. */
  current(): string | undefined;
  /** In the order in which they were first seen. */
  modules(): IterableIterator<TimedModule>;
}

/** `at`: when it begins. */
export function createTimeline(at: number): Timeline {
  const known = new Map<string, TimedModule>();
  const entered: TimedModule[] = [];
  /** End of the last stretch that was counted. */
  let cursor = at;
  /** Whether the time since `cursor` was spent in one turn of the event loop. */
  let continuous = true;
  /** The ES module that was read last and is being compiled. */
  let compiling: TimedModule | undefined;
  /** Whether a loader was at work since a body ran last. */
  let loading = false;

  const moduleOf = (id: string, parent: string | undefined): TimedModule => {
    const key = known.size < MAX_MODULES || known.has(id) ? id : OVERFLOW_ID;
    let module = known.get(key);
    if (module === undefined) {
      module = { id: key, parent: key === id ? parent : undefined, selfMs: 0 };
      known.set(key, module);
    }
    module.parent ??= key === id ? parent : undefined;
    return module;
  };
  const advance = (to: TimedModule | undefined, at: number) => {
    if (to !== undefined && at > cursor) to.selfMs += at - cursor;
    if (at > cursor) cursor = at;
    continuous = true;
  };
  /** Whose body runs: the innermost entered module's, else that of the module which the event names. */
  const running = (parent: string | undefined): TimedModule | undefined => {
    const innermost = entered.at(-1);
    if (innermost !== undefined) return innermost;
    return continuous && !loading && parent !== undefined ? moduleOf(parent, undefined) : undefined;
  };
  const bodyBegins = () => {
    loading = false;
    compiling = undefined;
  };

  return {
    enter(id, parent, at) {
      advance(running(parent), at);
      bodyBegins();
      entered.push(moduleOf(id, parent));
    },
    leave(at) {
      advance(entered.pop(), at);
    },
    fetching(parent, at) {
      advance(running(parent) ?? (continuous ? compiling : undefined), at);
      compiling = undefined;
      loading = true;
    },
    fetched(id, parent, at) {
      const module = moduleOf(id, parent);
      advance(module, at);
      compiling = module;
      loading = true;
    },
    linked(at) {
      advance(entered.at(-1), at);
      bodyBegins();
    },
    evaluated(id, parent, at) {
      advance(moduleOf(id, parent), at);
      bodyBegins();
    },
    builtin(id, parent, from, at) {
      advance(running(parent), from);
      advance(moduleOf(id, parent), at);
    },
    pause() {
      continuous = false;
    },
    current: () => entered.at(-1)?.id,
    modules: () => known.values(),
  };
}
