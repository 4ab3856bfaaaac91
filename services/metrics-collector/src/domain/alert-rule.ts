// What a rule of the alerts is: what it looks at, and when that is worth telling.
import type { AlertSeverity } from '@pilotlight/contracts';
import type { Observed } from './observed.ts';

/** One value held against the levels of a rule. */
export interface Reading {
  /** Tells apart what one rule finds; never an id. */
  readonly labels: Readonly<Record<string, string>>;
  /** In the rule's unit. */
  readonly value: number;
  /** How many observations it is made of; left out where it is no statistic. */
  readonly samples?: number;
  /** One sentence for people with the figure, without a full stop. */
  readonly summary: string;
}

export type Comparison = '>' | '>=' | '<';

export interface AlertLevel {
  readonly severity: AlertSeverity;
  /** In the rule's unit. */
  readonly threshold: number;
  /** How long a value must be beyond it without a break before it fires. */
  readonly forMs: number;
}

/** A row of the table of alerts. */
export interface AlertRule {
  /** snake_case; a token of the subject. */
  readonly name: string;
  /** What it looks at, without the threshold, as a noun. */
  readonly measures: string;
  readonly unit: 'seconds' | 'ratio' | 'count' | 'flag';
  readonly comparison: Comparison;
  /** From mild to severe. */
  readonly levels: readonly AlertLevel[];
  /** Readings of fewer observations are passed over. */
  readonly minSamples: number;
  /** How long every level must be clear before it ends. */
  readonly resolveAfterMs: number;
  /** Names of the labels of its readings. */
  readonly labels: readonly string[];
  /** Where the thresholds come from. */
  readonly source: string;
  readonly meaning: string;
  readonly remedy: string;
  readings(observed: Observed): readonly Reading[];
}

/** By how much of a threshold a value must be better before a level that fires counts as clear. */
export const clearMargin = 0.05;

export function isBeyond(value: number, comparison: Comparison, threshold: number): boolean {
  switch (comparison) {
    case '>':
      return value > threshold;
    case '>=':
      return value >= threshold;
    case '<':
      return value < threshold;
  }
}

/** The threshold of a level that fires already: a little easier to be beyond. */
export function heldThreshold(comparison: Comparison, threshold: number): number {
  return threshold * (comparison === '<' ? 1 + clearMargin : 1 - clearMargin);
}
