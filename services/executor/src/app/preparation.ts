// Has the templates ready on this node before sandboxes of them are made: images, toolchains,
// artefacts. In the background one at a time, as the plan orders them; what somebody waits for is begun
// at once. The driver does the work, and keeps it out of the way of leases and runs.
import { PlatformError, type Template } from '@pilotlight/contracts';
import type { Cancel, Clock } from '@pilotlight/lifecycle';
import type { SandboxDriver } from '@pilotlight/sandbox-runtime';
import { driverTemplate } from './driver-template.ts';
import type { Log } from './ports.ts';

/** A template that cannot work here is tried again after so long: somebody may have installed it. */
export const retryMs = 60_000;

export type PreparationState =
  /** `isOrdered`: its turn will come. */
  | { readonly kind: 'unprepared'; readonly isOrdered: boolean }
  /** `step`: what is being done, for people; empty where the driver says nothing. */
  | { readonly kind: 'preparing'; readonly step: string }
  | { readonly kind: 'prepared'; readonly version: string }
  | { readonly kind: 'unavailable'; readonly reason: string; readonly retryAtMs: number };

/** What the stock asks of preparations. */
export interface Readiness {
  stateOf(template: string): PreparationState;
  /** Begins now what has not begun, and what it is time to try again. */
  begin(template: string): void;
  /** Lets its turn come. */
  enqueue(template: string): void;
  /** What is not the same object any more is prepared anew. */
  setCatalogue(catalogue: ReadonlyMap<string, Template>): void;
  /** Listeners hear of every change of state. */
  onChange(listener: (template: string) => void): void;
}

export interface PreparationOptions {
  readonly driver: Pick<SandboxDriver, 'prepare'>;
  readonly clock: Clock;
  readonly log: Log;
}

interface Entry {
  readonly template: Template;
  state: PreparationState;
}

const unprepared: PreparationState = { kind: 'unprepared', isOrdered: false };

export class Preparation implements Readiness {
  readonly #options: PreparationOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #listeners: ((template: string) => void)[] = [];
  readonly #closing = new AbortController();
  readonly #work = new Set<Promise<void>>();
  /** Names in the order of the plan, then what the stock wants besides. */
  #ordered: string[] = [];
  #background: string | undefined;
  #retry: Cancel = () => undefined;

  constructor(options: PreparationOptions) {
    this.#options = options;
  }

  stateOf(template: string): PreparationState {
    const state = this.#entries.get(template)?.state ?? unprepared;
    if (state.kind !== 'unprepared') return state;
    return { kind: 'unprepared', isOrdered: this.#ordered.includes(template) };
  }

  /** Templates that cannot work here, and why. */
  get unavailable(): readonly { readonly template: string; readonly reason: string }[] {
    return [...this.#entries].flatMap(([template, { state }]) =>
      state.kind === 'unavailable' ? [{ template, reason: state.reason }] : [],
    );
  }

  onChange(listener: (template: string) => void): void {
    this.#listeners.push(listener);
  }

  setCatalogue(catalogue: ReadonlyMap<string, Template>): void {
    for (const name of this.#entries.keys()) {
      if (!catalogue.has(name)) this.#entries.delete(name);
    }
    for (const [name, template] of catalogue) {
      if (this.#entries.get(name)?.template === template) continue;
      this.#entries.set(name, { template, state: unprepared });
    }
    this.#next();
  }

  /** The plan's order replaces the one before. */
  order(templates: readonly string[]): void {
    this.#ordered = [...templates];
    this.#next();
  }

  enqueue(template: string): void {
    if (this.#ordered.includes(template)) return;
    this.#ordered.push(template);
    this.#next();
  }

  begin(template: string): void {
    const entry = this.#entries.get(template);
    if (entry !== undefined && this.#isDue(template)) this.#start(template, entry);
  }

  /** Stops waiting for drivers. What they are at ends with them. */
  async close(): Promise<void> {
    this.#closing.abort(new PlatformError('cancelled', 'this node is draining'));
    this.#retry();
    await Promise.all(this.#work);
  }

  #next(): void {
    if (this.#background !== undefined || this.#closing.signal.aborted) return;
    const name = this.#ordered.find((one) => this.#isDue(one));
    const entry = name === undefined ? undefined : this.#entries.get(name);
    if (name === undefined || entry === undefined) {
      this.#scheduleRetry();
      return;
    }
    this.#background = name;
    this.#start(name, entry);
  }

  #start(name: string, entry: Entry): void {
    const work = this.#prepare(name, entry).finally(() => {
      this.#work.delete(work);
      if (this.#background === name) this.#background = undefined;
      this.#next();
    });
    this.#work.add(work);
  }

  #isDue(name: string): boolean {
    const state = this.#entries.get(name)?.state;
    if (state?.kind !== 'unavailable') return state?.kind === 'unprepared';
    return state.retryAtMs <= this.#options.clock.monotonicMs();
  }

  #scheduleRetry(): void {
    const due = [...this.#entries.values()].flatMap(({ state }) =>
      state.kind === 'unavailable' ? [state.retryAtMs] : [],
    );
    this.#retry();
    if (due.length === 0) return;
    const { clock } = this.#options;
    const ms = Math.max(0, Math.min(...due) - clock.monotonicMs());
    this.#retry = clock.after(ms, () => this.#next());
  }

  /** Never rejects. A template that was replaced meanwhile is not told of. */
  async #prepare(name: string, entry: Entry): Promise<void> {
    const { driver, clock, log } = this.#options;
    const become = (state: PreparationState) => {
      entry.state = state;
      if (this.#entries.get(name) === entry) for (const tell of this.#listeners) tell(name);
    };
    const { signal } = this.#closing;
    // One that is tried again stays unavailable meanwhile, so that nobody waits for it.
    const isRetry = entry.state.kind === 'unavailable';
    if (entry.state.kind === 'unavailable') {
      entry.state = { ...entry.state, retryAtMs: Number.POSITIVE_INFINITY };
    } else become({ kind: 'preparing', step: '' });
    try {
      const { version, imagePullMs } = await driver.prepare(driverTemplate(entry.template), {
        signal,
        onProgress: (step) => {
          if (!isRetry && entry.state.kind === 'preparing') become({ kind: 'preparing', step });
        },
      });
      log.info({ template: name, version, ms: Math.round(imagePullMs) }, 'a template is prepared');
      become({ kind: 'prepared', version });
    } catch (thrown) {
      if (signal.aborted) return;
      const reason = PlatformError.from(thrown).message;
      if (!isRetry) log.warn({ template: name, reason }, 'a template is unavailable on this node');
      become({ kind: 'unavailable', reason, retryAtMs: clock.monotonicMs() + retryMs });
    }
  }
}

/** What somebody who waits is waiting for; empty where it is only a sandbox. */
export function waitsFor(template: string, state: PreparationState): string {
  if (state.kind !== 'preparing' && state.kind !== 'unprepared') return '';
  const step = state.kind === 'preparing' && state.step !== '' ? `: ${state.step}` : '';
  return `${template} is still being prepared${step}`;
}

/** Why nobody should wait for a sandbox of this template here. */
export function unavailableTemplate(
  template: string,
  { reason, retryAtMs }: Extract<PreparationState, { kind: 'unavailable' }>,
  nowMs: number,
): PlatformError {
  return new PlatformError('unavailable', `template ${template} is unavailable here: ${reason}`, {
    retry: { kind: 'after', ms: Math.max(0, retryAtMs - nowMs) },
  });
}
