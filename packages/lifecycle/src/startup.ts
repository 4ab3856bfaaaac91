// How long a service's start takes and what it is made of, measured while it happens.
import type { Metrics } from '@pilotlight/telemetry';

/** Milliseconds since the start of the process. */
interface Span {
  readonly name: string;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** The components of which one is what callers are answered by. */
const servers: readonly string[] = ['rpc', 'http'];

/** Times the components of one start. */
export class Startup {
  readonly #spans: Span[] = [];

  /** What came before any of the service's own code: Node itself, and loading the modules. */
  constructor() {
    this.#spans.push({ name: 'modules', fromMs: 0, untilMs: performance.now() });
  }

  /**
   * Initialises a component and remembers how long that took; one that fails is not remembered. The
   * name is of a closed set, and `rpc` or `http` is the server that callers come to. Components do not nest.
   */
  async component<T>(name: string, initialise: () => T | Promise<T>): Promise<T> {
    const fromMs = performance.now();
    const made = await initialise();
    this.#spans.push({ name, fromMs, untilMs: performance.now() });
    return made;
  }

  /** Shows the measurements, once the service is ready. */
  show(metrics: Metrics): void {
    const readyMs = performance.now();
    const stages = metrics.gauge(
      'pilotlight_startup_seconds',
      'Start of this process: until it was ready (total), the longest chain of components that waited for each other (critical_path), until its server answered (ready_for_request)',
      ['stage'],
    );
    const components = metrics.gauge(
      'pilotlight_startup_component_seconds',
      'How long each component took at the start; modules is Node itself and loading the code',
      ['component'],
    );
    const answered = this.#spans.find(({ name }) => servers.includes(name));
    stages.set({ stage: 'total' }, readyMs / 1_000);
    stages.set({ stage: 'critical_path' }, criticalPathMs(this.#spans) / 1_000);
    if (answered !== undefined) {
      stages.set({ stage: 'ready_for_request' }, answered.untilMs / 1_000);
    }
    for (const { name, fromMs, untilMs } of this.#spans) {
      components.set({ component: name }, (untilMs - fromMs) / 1_000);
    }
  }
}

/**
 * The longest chain of spans of which each begins after the one before it has ended: what a start would
 * still take if everything that waits for nothing were instant. Gaps between components do not count.
 */
export function criticalPathMs(spans: readonly Pick<Span, 'fromMs' | 'untilMs'>[]): number {
  const chains: { untilMs: number; lengthMs: number }[] = [];
  for (const { fromMs, untilMs } of spans.toSorted((a, b) => a.untilMs - b.untilMs)) {
    const before = chains.filter((chain) => chain.untilMs <= fromMs);
    const longest = Math.max(0, ...before.map(({ lengthMs }) => lengthMs));
    chains.push({ untilMs, lengthMs: longest + untilMs - fromMs });
  }
  return Math.max(0, ...chains.map(({ lengthMs }) => lengthMs));
}
