// What every copy of the SDK in one process shares: the CommonJS and the ESM build, the register entry, and
// a second installed version may all be loaded, and must count one cold start and patch Node once.
import type { ModuleRecorder } from './modules/recorder.ts';
import type { Outbox } from './outbox.ts';

/** Milliseconds of this process. */
export interface StartState {
  firstCallSeen: boolean;
  /** At the last `analyze`. */
  wrapped?: { atMs: number; idleMs: number; cpuMs: number };
}

/** Members are optional because another version of the SDK may have made the object. */
export interface SharedState {
  /** Set by the first copy that records; the others use it and patch nothing. */
  modules?: ModuleRecorder;
  start?: StartState;
  /** Topics of which a warning was printed. */
  warned?: Set<string>;
  /** Handlers that are wrapped already. */
  wrappers?: WeakSet<object>;
  /** Calls that neither returned something nor called back. */
  unanswered?: Set<{ end(): unknown }>;
  /** By endpoint and key. */
  outboxes?: Map<string, Outbox>;
  /** Whether unsent records are seen to when the process ends. */
  flushesAtExit?: boolean;
  /** First part of every invocation id of this process. */
  instance?: string;
  invocations?: number;
}

const key = Symbol.for('@pilotlight/analyzer');

/** The one object of this process (of this thread, with worker threads); made where it is missing. */
export function sharedState(): SharedState {
  const holder = globalThis as { [key]?: SharedState };
  let state = holder[key];
  if (state === undefined) {
    state = {};
    Object.defineProperty(globalThis, key, { value: state, enumerable: false });
  }
  return state;
}
