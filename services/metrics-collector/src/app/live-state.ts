// What is true now and what the last minutes were like, kept as messages come and read every few seconds.
import { type ExecutionResult, type NodeStatus, userMark } from '@pilotlight/contracts';
import { ActiveAgents } from '../domain/active-agents.ts';
import { ColdStartRate } from '../domain/cold-start-rate.ts';
import { LiveNodes } from '../domain/live-nodes.ts';
import { type ExecutionMeasurement, type Measurement, unknown } from '../domain/measurements.ts';
import { Outcomes } from '../domain/outcomes.ts';
import type { QueueDepth } from '../domain/queue-depth.ts';
import { stockCounts } from '../domain/stock.ts';
import { TemplateTimes, warmHitRatio } from '../domain/template-times.ts';
import { Catalogue } from './catalogue.ts';
import type { CurrentState } from './ports.ts';
import { type CollectorSnapshot, pressureLevels } from './snapshot.ts';

/** Of the agents of one minute: some 10 MB. Past it the number stays there. */
const countedAgents = 50_000;

/** Synchronous; every `nowMs` is of one monotonic clock. */
export class LiveState {
  readonly catalogue = new Catalogue();
  readonly #nodes = new LiveNodes();
  readonly #coldStarts = new ColdStartRate();
  readonly #agents = new ActiveAgents(countedAgents);
  readonly #times = new Map<string, TemplateTimes>();
  readonly #executions: Outcomes;
  readonly #starts: Outcomes;
  #queues: readonly QueueDepth[] | undefined;

  constructor(nowMs: number) {
    this.#executions = new Outcomes(nowMs);
    this.#starts = new Outcomes(nowMs);
  }

  measured(measurement: Measurement, nowMs: number): void {
    switch (measurement.kind) {
      case 'acquisition': {
        const { template, source, seconds } = measurement;
        this.#timesOf(template).acquired(source, seconds, nowMs);
        break;
      }
      case 'start_phase':
        if (measurement.phase !== 'total') break;
        this.#starts.record({ isComplete: true, isFault: false }, nowMs);
        this.#timesOf(measurement.template).started(measurement.seconds, nowMs);
        break;
      case 'failed_start':
        this.#starts.record({ isComplete: false, isFault: true }, nowMs);
        break;
      case 'event':
      case 'stop':
    }
  }

  executed(measurement: ExecutionMeasurement, nowMs: number): void {
    const { status, language, wasCold } = measurement;
    const isFault = status === 'platform_error';
    this.#executions.record({ isComplete: status === 'completed', isFault }, nowMs);
    if (wasCold !== undefined) this.#coldStarts.record(language, wasCold, nowMs);
  }

  /** Somebody leased or ran something. Kept as a mark, and for a minute. */
  active({ userId }: Pick<ExecutionResult, 'userId'>, nowMs: number): void {
    if (userId !== '') this.#agents.seen(userMark(userId), nowMs);
  }

  nodeReported(node: string, status: NodeStatus, nowMs: number): void {
    this.#nodes.report(node, status, nowMs);
  }

  nodeRemoved(node: string): void {
    this.#nodes.remove(node);
  }

  /** What the streams said; kept until they say something else. */
  queuesRead(queues: readonly QueueDepth[]): void {
    this.#queues = queues;
  }

  snapshot(nowMs: number): CollectorSnapshot {
    const living = this.#nodes.living(nowMs);
    const templates = this.#templates().map((template) => {
      const recent = this.#timesOf(template).recent(nowMs);
      const failingNodes = living.flatMap(({ node, status }) =>
        status.pools
          .filter((pool) => this.catalogue.templateLabel(pool.template) === template)
          .filter(({ problem, unavailable }) => problem !== '' && !unavailable)
          .map(({ problem }) => ({ node, problem })),
      );
      return { template, ...recent, warmHitRatio: warmHitRatio([recent]), failingNodes };
    });
    return {
      templates,
      warmHitRatio: warmHitRatio(templates),
      nodes: living.map(({ node, status }) => ({
        node,
        isDraining: status.draining,
        resources: useOf(status),
        oldestOrphanSeconds: status.oldestOrphanSeconds,
      })),
      queues: this.#queues,
    };
  }

  read(nowMs: number): CurrentState {
    const stock = stockCounts(this.#nodes.living(nowMs), (name) =>
      this.catalogue.templateLabel(name),
    );
    const languages = new Set(this.catalogue.languages.values());
    const warm = new Map([...languages].map((language) => [language, 0]));
    for (const { template, state, count } of stock) {
      const language = this.catalogue.languageOf(template);
      if (state === 'ready') warm.set(language, (warm.get(language) ?? 0) + count);
    }
    const executions = this.#executions.rates(nowMs);
    return {
      ...this.snapshot(nowMs),
      ...{ stock, warm },
      coldStartRate: new Map(
        [...this.#coldStarts.percentages(nowMs)].filter(
          ([language]) => languages.has(language) || language === unknown,
        ),
      ),
      completionRatio: executions.completeRatio,
      activeAgents: this.#agents.count(nowMs),
      components: new Map([
        ['executor', executions],
        ['driver', this.#starts.rates(nowMs)],
      ]),
    };
  }

  /** The catalogue's, and `unknown` where it was needed; what has left the catalogue is forgotten. */
  #templates(): readonly string[] {
    const names = this.catalogue.templates;
    for (const template of this.#times.keys()) {
      if (template !== unknown && !names.includes(template)) this.#times.delete(template);
    }
    return this.#times.has(unknown) ? [...names, unknown] : names;
  }

  #timesOf(template: string): TemplateTimes {
    const times = this.#times.get(template) ?? new TemplateTimes();
    this.#times.set(template, times);
    return times;
  }
}

function useOf({ resources }: NodeStatus) {
  if (resources === undefined) return undefined;
  const pressure = pressureLevels.find((level) => level === resources.pressure) ?? 'unknown';
  return { ...resources, pressure };
}
