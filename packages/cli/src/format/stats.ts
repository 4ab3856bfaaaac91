// The recorded history for people: sums, and single requests.
import type { Activity, StartPhases, Stats, Summary, TemplateStats } from '@pilotlight/contracts';
import { printable } from './printable.ts';
import { milliseconds } from './quantities.ts';
import { type Column, table } from './table.ts';

interface SummaryRow {
  readonly name: string;
  readonly summary: Summary | undefined;
}

const right = { align: 'right' } as const;

const summaryColumns = (title: string): readonly Column<SummaryRow>[] => [
  { title, value: ({ name }) => printable(name) },
  { title: 'REQUESTS', value: ({ summary }) => summary?.requests ?? 0, ...right },
  { title: 'FAILED', value: ({ summary }) => summary?.failedStarts ?? 0, ...right },
  { title: 'WARM', value: ({ summary }) => percent(summary?.warmHitRate), ...right },
  { title: 'P50', value: ({ summary }) => milliseconds(summary?.startup?.p50), ...right },
  { title: 'P90', value: ({ summary }) => milliseconds(summary?.startup?.p90), ...right },
  { title: 'P99', value: ({ summary }) => milliseconds(summary?.startup?.p99), ...right },
  { title: 'MAX', value: ({ summary }) => milliseconds(summary?.startup?.max), ...right },
  { title: 'AVERAGE', value: ({ summary }) => milliseconds(summary?.startup?.average), ...right },
  { title: 'COLD P50', value: ({ summary }) => milliseconds(summary?.coldStartup?.p50), ...right },
  { title: 'COLD P90', value: ({ summary }) => milliseconds(summary?.coldStartup?.p90), ...right },
];

/** Tables in total, by template and by user, the phases of cold starts, and how sandboxes ended. */
export function statsText({ range, total, byTemplate, byUser }: Stats): string {
  const rows = [
    { name: 'all', summary: total },
    ...byTemplate.map(({ template, summary }) => ({ name: template, summary })),
  ];
  const users = byUser.map(({ userId, summary }) => ({ name: userId, summary }));
  const cold = byTemplate.filter(({ averagePhases }) => averagePhases !== undefined);
  return [
    `Requests from ${time(range?.start)} to ${time(range?.end)}`,
    '',
    table(summaryColumns('TEMPLATE'), rows),
    ...(users.length > 0 ? ['', table(summaryColumns('USER'), users)] : []),
    ...(cold.length > 0 ? ['', table(phaseColumns, cold)] : []),
    ...endsOf(total),
  ].join('\n');
}

const phaseColumns: readonly Column<TemplateStats>[] = [
  { title: 'COLD, ON AVERAGE', value: ({ template }) => printable(template) },
  phase('SCHEDULING', (phases) => phases.schedulingMs),
  phase('IMAGE', (phases) => phases.imagePullMs),
  phase('CREATE', (phases) => phases.containerCreateMs),
  phase('PROCESS', (phases) => phases.processStartMs),
  phase('APP INIT', (phases) => phases.appInitMs),
  phase('TOTAL', (phases) => phases.totalMs),
];

function phase(title: string, of: (phases: StartPhases) => number): Column<TemplateStats> {
  const value = ({ averagePhases }: TemplateStats) =>
    milliseconds(averagePhases && of(averagePhases));
  return { title, value, ...right };
}

function endsOf(total: Summary | undefined): string[] {
  if (total === undefined) return [];
  const ended = Object.entries(total.shutdownReasons).map(
    ([reason, count]) => `${count} ${printable(reason)}`,
  );
  const active = milliseconds(total.averageActiveMs);
  return [
    ...(ended.length > 0 ? ['', `Ended: ${ended.join(', ')}; after ${active} on average.`] : []),
    ...(total.clockSkewed > 0 ? [`Clocks went backwards in ${total.clockSkewed} of them.`] : []),
  ];
}

const activityColumns: readonly Column<Activity>[] = [
  { title: 'RECEIVED', value: ({ requestReceivedAt }) => time(requestReceivedAt) },
  { title: 'TEMPLATE', value: ({ template }) => printable(template) },
  { title: 'USER', value: ({ userId }) => printable(userId) || '-' },
  { title: 'SANDBOX', value: ({ sandboxId }) => printable(sandboxId) },
  { title: 'START', value: startOf },
  { title: 'WAITED', value: ({ startupMs }) => milliseconds(startupMs), ...right },
  { title: 'ACTIVE', value: ({ activeMs }) => milliseconds(activeMs), ...right },
  { title: 'ENDED', value: endOf },
  { title: 'WHY', value: ({ detail }) => printable(detail) },
];

/** A line for each request, as they come. */
export function activityTable(activity: readonly Activity[]): string {
  return activity.length === 0 ? 'No requests.' : table(activityColumns, activity);
}

function startOf({ startupMs, fromWarmPool }: Activity): string {
  if (startupMs === undefined) return 'failed';
  return fromWarmPool ? 'warm' : 'cold';
}

function endOf({ shutdownReason, stopReason, executionStatus }: Activity): string {
  if (shutdownReason === '') return '-';
  const own = executionStatus || stopReason;
  return printable(own === shutdownReason ? own : `${shutdownReason} (${own})`);
}

/** `91 %`; a dash for nothing of nothing. */
export function percent(ratio: number | undefined): string {
  return ratio === undefined ? '-' : `${Math.round(100 * ratio)} %`;
}

/** To the second, in UTC. */
export function time(at: Date | undefined): string {
  return at === undefined ? '-' : `${at.toISOString().slice(0, 19)}Z`;
}
