// The phases of starts, side by side.
import type { StartPhases } from '@pilotlight/contracts';
import { milliseconds } from './quantities.ts';
import { type Column, table } from './table.ts';

/** One start: of a sandbox that somebody waited for, or of the one that was ready for them. */
export interface StartRow {
  readonly what: string;
  readonly fromWarmPool: boolean;
  /** What the requester waited, in milliseconds; undefined where nobody measured it. */
  readonly waitedMs: number | undefined;
  readonly phases: StartPhases | undefined;
}

const columns: readonly Column<StartRow>[] = [
  { title: '', value: (row) => row.what },
  { title: 'sandbox', value: (row) => (row.fromWarmPool ? 'warm' : 'cold') },
  { title: 'waited', value: (row) => milliseconds(row.waitedMs), align: 'right' },
  phase('scheduling', (phases) => phases.schedulingMs),
  phase('image', (phases) => phases.imagePullMs),
  phase('create', (phases) => phases.containerCreateMs),
  phase('process', (phases) => phases.processStartMs),
  phase('app init', (phases) => phases.appInitMs),
  phase('total', (phases) => phases.totalMs),
];

/** A line for each start; for a warm one the phases are those of the start that it was saved. */
export function phasesTable(rows: readonly StartRow[]): string {
  return table(columns, rows);
}

function phase(title: string, of: (phases: StartPhases) => number): Column<StartRow> {
  return {
    title,
    value: ({ phases }) => milliseconds(phases === undefined ? undefined : of(phases)),
    align: 'right',
  };
}
