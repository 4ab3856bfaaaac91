// How long a service's start takes and what it is made of, measured while it happens.
import type { Metrics } from '@pilotlight/telemetry';

/**
 * What a start goes through (seed 002, 5.1): Node itself and loading the code, then the two critical phases, by
 * whose end callers are answered. A service is ready when all but the optional one are done.
 */
export type StartupPhase = 'code' | 'security_context' | 'core_services' | 'essential' | 'optional';

const critical: readonly StartupPhase[] = ['security_context', 'core_services'];

/** The phase of each component; what is not here is essential. */
const phases: Readonly<Record<string, StartupPhase>> = {
  configuration: 'security_context',
  bus: 'core_services',
  rpc: 'core_services',
  http: 'core_services',
};

/** How long a phase may take, in milliseconds, before the log says so. The two critical ones have theirs together. */
const timeouts = { critical: 100, essential: 500, optional: 2_000 } as const;

/** The components of which one is what callers are answered by. */
const servers: readonly string[] = ['rpc', 'http'];

/** Milliseconds since the start of the process. */
interface Span {
  readonly name: string;
  readonly phase: StartupPhase;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** The part of a logger that is needed here. */
export interface StartupLog {
  warn(fields: object, message: string): void;
}

interface Optional {
  readonly name: string;
  readonly initialise: () => Promise<unknown>;
}

/** Times the components of one start. */
export class Startup {
  readonly #spans: Span[] = [];
  readonly #optional: Optional[] = [];
  #completeMs: number | undefined;

  /** What came before any of the service's own code: Node itself, and loading the modules. */
  constructor() {
    this.#spans.push({
      ...{ name: 'modules', phase: 'code', fromMs: 0 },
      untilMs: performance.now(),
    });
  }

  /**
   * Initialises a component and remembers how long that took; one that fails is not remembered. The
   * name is of a closed set, and `rpc` or `http` is the server that callers come to. Components do not nest.
   */
  async component<T>(name: string, initialise: () => T | Promise<T>): Promise<T> {
    return this.#timed(name, phases[name] ?? 'essential', initialise);
  }

  /**
   * A component that the service is of use without: initialised once it is ready, at the same time as others. It
   * says itself where it fails, and is released with the scope however far it came.
   */
  afterReady(name: string, initialise: () => Promise<unknown>): void {
    this.#optional.push({ name, initialise });
  }

  /**
   * Initialises what was left for later, and resolves when all of it is done. What takes longer than it may goes on
   * in the background, with a warning, and is not waited for; the service goes on without what fails.
   */
  async complete(log: StartupLog): Promise<void> {
    const running = this.#optional.splice(0).map(async ({ name, initialise }) => {
      try {
        await inTime(this.#timed(name, 'optional', initialise), () => {
          log.warn(
            { component: name },
            `${name} takes longer than ${timeouts.optional} ms; it goes on in the background`,
          );
        });
      } catch (err) {
        log.warn({ err, component: name }, `${name} did not start; the service goes on without it`);
      }
    });
    await Promise.all(running);
    this.#completeMs = performance.now();
  }

  /** Phases that took longer than they may so far, for the log. */
  overdue(): readonly string[] {
    const codeMs = endOf(this.#spans, ['code']) ?? 0;
    const criticalMs = endOf(this.#spans, critical) ?? codeMs;
    const essentialMs = endOf(this.#spans, ['essential']) ?? criticalMs;
    const taken = { critical: criticalMs - codeMs, essential: essentialMs - criticalMs };
    return (['critical', 'essential'] as const)
      .filter((phase) => taken[phase] > timeouts[phase])
      .map((phase) => `${phase}: ${Math.round(taken[phase])} ms of ${timeouts[phase]}`);
  }

  /** Shows the measurements from now, the moment when the service is ready, on. */
  show(metrics: Metrics): void {
    const readyMs = performance.now();
    const stages = metrics.gauge(
      'pilotlight_startup_seconds',
      'Start of this process: until all that is critical was there (critical), until it was ready (ready), until what is optional was there too (total); the longest chain of components that waited for each other (critical_path), until its server answered (ready_for_request)',
      ['stage'],
    );
    const components = metrics.gauge(
      'pilotlight_startup_component_seconds',
      'How long each component took at the start, and its phase; modules is Node itself and loading the code',
      ['component', 'phase'],
    );
    const stage = (name: string, ms: number | undefined) => {
      if (ms !== undefined) stages.set({ stage: name }, ms / 1_000);
    };
    metrics.onScrape(() => {
      const needed = this.#spans.filter(({ phase }) => phase !== 'optional');
      stage('critical', endOf(needed, critical));
      stage('ready', readyMs);
      stage('total', this.#completeMs);
      stage('critical_path', criticalPathMs(needed));
      stage('ready_for_request', needed.find(({ name }) => servers.includes(name))?.untilMs);
      for (const { name, phase, fromMs, untilMs } of this.#spans) {
        components.set({ component: name, phase }, (untilMs - fromMs) / 1_000);
      }
    });
  }

  async #timed<T>(name: string, phase: StartupPhase, initialise: () => T | Promise<T>): Promise<T> {
    const fromMs = performance.now();
    const made = await initialise();
    this.#spans.push({ name, phase, fromMs, untilMs: performance.now() });
    return made;
  }
}

/** Waits no longer than an optional component may take. */
async function inTime(task: Promise<unknown>, onLate: () => void): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      onLate();
      resolve();
    }, timeouts.optional);
  });
  await Promise.race([task, late]).finally(() => clearTimeout(timer));
}

/** When the last component of some phases was done; undefined where they have none. */
function endOf(spans: readonly Span[], of: readonly StartupPhase[]): number | undefined {
  const ends = spans.filter(({ phase }) => of.includes(phase)).map(({ untilMs }) => untilMs);
  return ends.length === 0 ? undefined : Math.max(...ends);
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
