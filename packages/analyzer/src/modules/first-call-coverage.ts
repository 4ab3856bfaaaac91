// Which files ran code in the handler's first call, by V8's own counting of functions. To begin it, V8
// walks the heap (10 to 25 ms with a whole AWS SDK in it), so it is done only where it is asked for.
import type { Session } from 'node:inspector';
import { builtin } from '../builtin.ts';

/** Whether one of these files ran; undefined where it cannot be told: native addons, data, builtins. */
export type UsedOf = (files: readonly string[]) => boolean | undefined;

interface PreciseCoverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly { readonly ranges: readonly { readonly count: number }[] }[];
  }[];
}

/** Counts from here to `end`; undefined where this Node cannot, or where the inspector is in use. */
export function startCoverage(): { end(): UsedOf | undefined } | undefined {
  const session = openSession();
  if (session === undefined) return undefined;
  let running = true;
  return {
    end() {
      if (!running) return undefined;
      running = false;
      const ran = new Set<string>();
      let taken = false;
      try {
        const { fileURLToPath } = builtin('node:url');
        session.post('Profiler.takePreciseCoverage', (error: Error | null, answer: object) => {
          if (error !== null) return;
          taken = true;
          for (const { url, functions } of (answer as PreciseCoverage).result) {
            if (functions.some((it) => it.ranges.some(({ count }) => count > 0))) {
              ran.add(url.startsWith('file:') ? fileURLToPath(url) : url);
            }
          }
        });
        session.post('Profiler.stopPreciseCoverage');
        session.post('Profiler.disable');
      } catch {
        taken = false;
      } finally {
        session.disconnect();
      }
      return taken ? (files) => usedAmong(files, ran) : undefined;
    },
  };
}

function openSession(): Session | undefined {
  try {
    const inspector = builtin('node:inspector');
    if (inspector.url() !== undefined) return undefined;
    const session = new inspector.Session();
    session.connect();
    session.post('Profiler.enable');
    session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
    return session;
  } catch {
    return undefined;
  }
}

function usedAmong(files: readonly string[], ran: ReadonlySet<string>): boolean | undefined {
  if (files.some((it) => ran.has(it))) return true;
  const scripts = files.filter((it) => /\.[cm]?[jt]sx?$/.test(it));
  // What has no function at all cannot be seen to run: constants are used by being read.
  return scripts.length === files.length && scripts.some(hasFunction) ? false : undefined;
}

function hasFunction(file: string): boolean {
  try {
    return /\bfunction\b|=>|\bclass\b/.test(builtin('node:fs').readFileSync(file, 'utf8'));
  } catch {
    return false;
  }
}
