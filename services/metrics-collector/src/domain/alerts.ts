// Which alerts are open. A level fires once its threshold has been passed for long enough, and is
// clear once the value has been better, by a margin, for long enough: so that nothing flaps.
import type { AlertSeverity } from '@pilotlight/contracts';
import { type AlertRule, heldThreshold, isBeyond, type Reading } from './alert-rule.ts';
import type { Observed } from './observed.ts';

/** How often an alert that goes on is told again. */
export const repeatEveryMs = 5 * 60_000;

/** Now, by both clocks. */
export interface Moment {
  /** Monotonic; all durations. */
  readonly nowMs: number;
  /** Wall time, for people. */
  readonly at: Date;
}

export interface OpenAlert {
  readonly rule: AlertRule;
  readonly labels: Readonly<Record<string, string>>;
  readonly severity: AlertSeverity;
  /** That of the severity. */
  readonly threshold: number;
  readonly beganAt: Date;
  /** As last read. */
  readonly value: number;
  readonly summary: string;
}

/** Something to tell about an alert. */
export interface AlertNews {
  readonly kind: 'began' | 'changed' | 'repeated' | 'resolved';
  readonly alert: OpenAlert;
}

/** What is known of an alert that somebody else opened. */
export type AdoptedAlert = Pick<OpenAlert, 'labels' | 'severity' | 'beganAt' | 'value'> & {
  readonly name: string;
  readonly summary: string;
};

interface LevelState {
  beyondSinceMs: number | undefined;
  firing: boolean;
  clearSinceMs: number | undefined;
}

interface Tracked {
  readonly rule: AlertRule;
  readonly labels: Readonly<Record<string, string>>;
  readonly levels: readonly LevelState[];
  open: { alert: OpenAlert; toldAtMs: number } | undefined;
}

/** The state of all rules. Mutable; what it returns is not. */
export class AlertBook {
  readonly #rules: readonly AlertRule[];
  readonly #tracked = new Map<string, Tracked>();

  constructor(rules: readonly AlertRule[]) {
    this.#rules = rules;
  }

  get open(): readonly OpenAlert[] {
    return [...this.#tracked.values()].flatMap(({ open }) => (open ? [open.alert] : []));
  }

  /**
   * Goes on with an alert that is open already, as a new leader does: nothing is told of it until it
   * changes, ends or is due again. Passes over one whose rule is no more.
   */
  adopt(adopted: AdoptedAlert, { nowMs }: Moment): void {
    const rule = this.#rules.find(({ name }) => name === adopted.name);
    if (rule === undefined) return;
    const { labels, severity } = adopted;
    const tracked = this.#track(rule, labels);
    const severest = rule.levels.findLastIndex((level) => level.severity === severity);
    for (const [index, level] of tracked.levels.entries()) level.firing = index <= severest;
    const alert = openAlert(tracked, adopted, adopted.beganAt);
    if (alert !== undefined) tracked.open = { alert, toldAtMs: nowMs };
  }

  /** Judges what is observed now, and says what there is to tell. */
  evaluate(observed: Observed, moment: Moment): AlertNews[] {
    const found = new Map<Tracked, Reading>();
    for (const rule of this.#rules) {
      for (const reading of rule.readings(observed)) {
        if ((reading.samples ?? rule.minSamples) < rule.minSamples) continue;
        found.set(this.#track(rule, reading.labels), reading);
      }
    }
    return [...this.#tracked].flatMap(([key, tracked]) => {
      const reading = found.get(tracked);
      for (const [index, state] of tracked.levels.entries()) {
        step(tracked.rule, index, state, reading?.value, moment.nowMs);
      }
      const news = tell(tracked, reading, moment);
      if (isIdle(tracked)) this.#tracked.delete(key);
      return news === undefined ? [] : [news];
    });
  }

  #track(rule: AlertRule, labels: Readonly<Record<string, string>>): Tracked {
    const key = JSON.stringify([rule.name, Object.entries(labels).toSorted()]);
    const known = this.#tracked.get(key);
    if (known !== undefined) return known;
    const levels = rule.levels.map(() => ({
      beyondSinceMs: undefined,
      firing: false,
      clearSinceMs: undefined,
    }));
    const tracked = { rule, labels, levels, open: undefined };
    this.#tracked.set(key, tracked);
    return tracked;
  }
}

/** Moves one level. Where nothing is read there is nothing to be beyond. */
function step(
  rule: AlertRule,
  index: number,
  state: LevelState,
  value: number | undefined,
  nowMs: number,
): void {
  const level = rule.levels[index];
  if (level === undefined) return;
  const threshold = state.firing
    ? heldThreshold(rule.comparison, level.threshold)
    : level.threshold;
  if (value !== undefined && isBeyond(value, rule.comparison, threshold)) {
    state.clearSinceMs = undefined;
    state.beyondSinceMs ??= nowMs;
    state.firing ||= nowMs - state.beyondSinceMs >= level.forMs;
    return;
  }
  state.beyondSinceMs = undefined;
  if (!state.firing) return;
  state.clearSinceMs ??= nowMs;
  if (nowMs - state.clearSinceMs < rule.resolveAfterMs) return;
  state.firing = false;
  state.clearSinceMs = undefined;
}

function tell(
  tracked: Tracked,
  reading: Reading | undefined,
  { nowMs, at }: Moment,
): AlertNews | undefined {
  const { open } = tracked;
  const last = reading ?? open?.alert;
  if (last === undefined) return undefined;
  const alert = openAlert(tracked, last, open?.alert.beganAt ?? at);
  if (alert === undefined) {
    tracked.open = undefined;
    return open && { kind: 'resolved', alert: { ...open.alert, ...latest(last) } };
  }
  const kind = newsOf(open, alert, nowMs);
  const toldAtMs = kind === undefined ? (open?.toldAtMs ?? nowMs) : nowMs;
  tracked.open = { alert, toldAtMs };
  return kind && { kind, alert };
}

function newsOf(
  open: Tracked['open'],
  alert: OpenAlert,
  nowMs: number,
): AlertNews['kind'] | undefined {
  if (open === undefined) return 'began';
  if (open.alert.severity !== alert.severity) return 'changed';
  return nowMs - open.toldAtMs >= repeatEveryMs ? 'repeated' : undefined;
}

/** Undefined where no level fires. */
function openAlert(
  { rule, labels, levels }: Tracked,
  last: Pick<Reading, 'value' | 'summary'>,
  beganAt: Date,
): OpenAlert | undefined {
  const level = rule.levels[levels.findLastIndex(({ firing }) => firing)];
  if (level === undefined) return undefined;
  const { severity, threshold } = level;
  return { rule, labels, severity, threshold, beganAt, ...latest(last) };
}

function latest({ value, summary }: Pick<Reading, 'value' | 'summary'>) {
  return { value, summary };
}

function isIdle({ levels, open }: Tracked): boolean {
  return (
    open === undefined &&
    levels.every(({ firing, beyondSinceMs }) => !firing && beyondSinceMs === undefined)
  );
}
