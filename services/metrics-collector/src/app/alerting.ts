// Judges what the collector knows, every ten seconds and when a start was slow, and tells the
// channels. Any number of collectors may run: all show what waits, and only the one that leads
// decides about alerts. A new leader goes on with those that the stream says are open.
import {
  Alert,
  fromJsonBytes,
  PlatformError,
  type SandboxEvent,
  subjectFilter,
} from '@pilotlight/contracts';
import { type Clock, pause } from '@pilotlight/lifecycle';
import type { Bus } from '@pilotlight/messaging';
import type { AlertRule } from '../domain/alert-rule.ts';
import { AlertBook, type OpenAlert } from '../domain/alerts.ts';
import type { Observed } from '../domain/observed.ts';
import type { AlertChannel } from './alert-channels.ts';
import { adoptedFrom, alertMessage } from './alert-message.ts';
import { type Backlog, type BacklogBus, readBacklog } from './backlog.ts';
import type { HistoryListener } from './ports.ts';
import type { CollectorSnapshot } from './snapshot.ts';

export const evaluateEveryMs = 10_000;
/** After a slow start, so that those that come together are judged together. */
const nudgeDelayMs = 500;

export interface AlertInstruments {
  backlog(backlog: Backlog): void;
  /** All that fire now, as decided here. */
  firing(alerts: readonly OpenAlert[]): void;
}

export interface AlertingOptions {
  readonly bus: BacklogBus & Pick<Bus, 'follow'>;
  readonly clock: Clock;
  readonly rules: readonly AlertRule[];
  readonly channels: readonly AlertChannel[];
  readonly instruments: AlertInstruments;
  readonly logger: { warn(fields: object, text: string): void };
  snapshot(): CollectorSnapshot;
}

/** One for a process. */
export class Alerting implements HistoryListener {
  readonly #options: AlertingOptions;
  readonly #slowStartMs: number;
  #backlog: Backlog | undefined;
  #book: AlertBook | undefined;
  #nudge = new AbortController();
  #isNudged = false;
  #isBusAway = false;

  constructor(options: AlertingOptions) {
    this.#options = options;
    const slow = options.rules.find(({ name }) => name === 'slow_cold_start');
    this.#slowStartMs = (slow?.levels[0]?.threshold ?? Number.POSITIVE_INFINITY) * 1_000;
  }

  /** Until aborted. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#look();
      const nudge = this.#nudge.signal;
      await pause(this.#options.clock, evaluateEveryMs, AbortSignal.any([signal, nudge]));
      if (nudge.aborted) this.#nudge = new AbortController();
    }
  }

  /** Decides about alerts until the term ends. Never rejects. */
  async lead(term: AbortSignal): Promise<void> {
    const book = new AlertBook(this.#options.rules);
    await this.#adoptOpen(book, term);
    if (term.aborted) return;
    this.#book = book;
    this.#nudge.abort();
    await new Promise<void>((resolve) => {
      term.addEventListener('abort', () => resolve(), { once: true });
    });
    this.#book = undefined;
    this.#options.instruments.firing([]);
  }

  onEvent({ type, phases }: SandboxEvent): void {
    const isSlow = type === 'ready' && phases !== undefined && phases.totalMs > this.#slowStartMs;
    if (!isSlow || this.#isNudged || this.#book === undefined) return;
    this.#isNudged = true;
    this.#options.clock.after(nudgeDelayMs, () => {
      this.#isNudged = false;
      this.#nudge.abort();
    });
  }

  /** How long a program runs is its author's business. */
  onResult(): void {}

  async #look(): Promise<void> {
    const { bus, clock, instruments, channels } = this.#options;
    try {
      this.#backlog = await readBacklog(bus, clock);
      this.#isBusAway = false;
      instruments.backlog(this.#backlog);
    } catch (thrown) {
      const err = PlatformError.from(thrown);
      if (!this.#isBusAway) this.#options.logger.warn({ err }, 'what waits is not known now');
      this.#isBusAway = true;
    }
    const book = this.#book;
    if (book === undefined || this.#backlog === undefined) return;
    const at = clock.now();
    const observed = observedFrom(this.#options.snapshot(), this.#backlog);
    const news = book.evaluate(observed, { nowMs: clock.monotonicMs(), at });
    instruments.firing(book.open);
    for (const each of news) {
      const message = alertMessage(each, at);
      for (const channel of channels) channel.tell(message, each.kind);
    }
  }

  /** Without the bus a leader starts with none; it will not lead for long. */
  async #adoptOpen(book: AlertBook, term: AbortSignal): Promise<void> {
    const { bus, clock, logger } = this.#options;
    const moment = { nowMs: clock.monotonicMs(), at: clock.now() };
    try {
      for (const message of await openAlerts(bus, term)) {
        const adopted = adoptedFrom(message);
        if (adopted !== undefined) book.adopt(adopted, moment);
      }
    } catch (thrown) {
      const err = PlatformError.from(thrown);
      if (!term.aborted) logger.warn({ err }, 'alerts that are open are not known');
    }
  }
}

/** What the stream says is firing: the last message of each alert that has not ended. */
async function openAlerts(
  bus: AlertingOptions['bus'],
  signal: AbortSignal,
): Promise<readonly Alert[]> {
  const filter = subjectFilter('alert');
  if ((await bus.oldest('ALERTS', filter)) === undefined) return [];
  const open = new Map<string, Alert>();
  for await (const { data, pending } of bus.follow('ALERTS', filter, 'first', signal)) {
    const alert = fromJsonBytes(Alert, data);
    if (alert.state === 'resolved') open.delete(alert.alertId);
    else open.set(alert.alertId, alert);
    if (pending === 0) break;
  }
  return [...open.values()];
}

/** Queues are judged as wholes, whatever their languages. */
function observedFrom(snapshot: CollectorSnapshot, backlog: Backlog): Observed {
  const { templates, nodes, warmHitRatio } = snapshot;
  const { consumers, database, queueAges } = backlog;
  const queues = queueAges.map(({ queue, oldestSeconds }) => {
    const parts = (snapshot.queues ?? []).filter((part) => part.queue === queue);
    return { queue, oldestSeconds, depth: parts.reduce((sum, { depth }) => sum + depth, 0) };
  });
  return { templates, nodes, warmHitRatio, queues, consumers, database };
}
