// An analysis for people: where starts lose time, what would help, what has helped.
import type {
  AnalyzeResponse,
  Change,
  Deployment,
  PhaseAnalysis,
  Suggestion,
  TemplateAnalysis,
} from '@pilotlight/contracts';
import { printable } from './printable.ts';
import { milliseconds } from './quantities.ts';
import { percent, time } from './stats.ts';
import { type Column, table } from './table.ts';

const right = { align: 'right' } as const;

/** Nothing in it can move the cursor: names and texts come from elsewhere. */
export function analysisText({ range, templates, changes }: AnalyzeResponse): string {
  const title = `Starts from ${time(range?.start)} to ${time(range?.end)}`;
  const parts = templates.map(templateText);
  if (parts.length === 0) parts.push('There were none that are recorded.');
  if (changes.length > 0) parts.push(`Carried out:\n${table(changeColumns, changes)}`);
  return [title, ...parts].join('\n\n');
}

function templateText(analysis: TemplateAnalysis): string {
  const { template, inconclusive, bottleneck, deployments, suggestions, phases } = analysis;
  const name = printable(template);
  const { coldStarts } = analysis;
  const starts = `${coldStarts} ${coldStarts === 1 ? 'start' : 'starts'}`;
  const warm = `${percent(analysis.warmHitRate)} of requests warm`;
  if (inconclusive) return `${name}: ${starts}, ${warm}; too few to say more.`;
  const p90 = `p90 ${milliseconds(analysis.p90Ms)} (target ${milliseconds(analysis.targetMs)})`;
  return [
    `${name}: ${starts}, ${p90}, ${warm}`,
    indented(table(phaseColumns, phases)),
    `  Bottleneck: ${bottleneck === undefined ? 'none.' : printable(bottleneck.explanation)}`,
    ...(deployments.length > 1 ? [indented(table(deploymentColumns, deployments))] : []),
    ...suggestions.map(suggestionText),
  ].join('\n');
}

function suggestionText({ remedy, text, expectedSavingMs, basis }: Suggestion): string {
  const saving = `saves an average request ${milliseconds(expectedSavingMs)}`;
  return `  ${printable(remedy)}: ${printable(text)} Expected: ${saving}.\n    ${printable(basis)}`;
}

const phaseColumns: readonly Column<PhaseAnalysis>[] = [
  { title: 'PHASE', value: (row) => printable(row.phase) },
  { title: 'P50', value: (row) => milliseconds(row.p50Ms), ...right },
  { title: 'P90', value: (row) => milliseconds(row.p90Ms), ...right },
  { title: 'BEFORE', value: (row) => milliseconds(row.historyP50Ms), ...right },
  { title: 'TARGET', value: (row) => milliseconds(row.targetMs), ...right },
  { title: 'SHARE', value: (row) => percent(row.share), ...right },
];

const deploymentColumns: readonly Column<Deployment>[] = [
  { title: 'REVISION', value: (row) => printable(row.templateRevision) || '-' },
  { title: 'PLATFORM', value: (row) => printable(row.platformVersion) || '-' },
  { title: 'FIRST SEEN', value: (row) => time(row.firstSeen) },
  { title: 'STARTS', value: (row) => row.starts, ...right },
  { title: 'P50', value: (row) => milliseconds(row.p50Ms), ...right },
  { title: 'P90', value: (row) => milliseconds(row.p90Ms), ...right },
  { title: 'CHANGE', value: (row) => signedPercent(row.change), ...right },
];

const changeColumns: readonly Column<Change>[] = [
  { title: 'AT', value: ({ appliedAt }) => time(appliedAt) },
  { title: 'WHAT', value: ({ suggestion }) => printable(suggestion?.text ?? '') },
  { title: 'BEFORE', value: ({ beforeMs }) => milliseconds(beforeMs), ...right },
  { title: 'SINCE', value: ({ afterMs }) => milliseconds(afterMs), ...right },
  {
    title: 'EXPECTED',
    value: ({ suggestion }) => milliseconds(suggestion?.expectedSavingMs),
    ...right,
  },
  { title: 'SAVED', value: ({ realisedSavingMs }) => signed(realisedSavingMs), ...right },
];

function signed(savedMs: number | undefined): string {
  if (savedMs === undefined) return 'too early';
  return savedMs < 0 ? `-${milliseconds(-savedMs)}` : milliseconds(savedMs);
}

function signedPercent(ratio: number | undefined): string {
  if (ratio === undefined) return '-';
  return `${ratio > 0 ? '+' : ''}${percent(ratio)}`;
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}
