// Serverless functions for people: a table of all, and what one of them loads and should do about it.
import type {
  FunctionMessage as AnalyzedFunction,
  FunctionDetails,
  ModuleRecommendation,
} from '@pilotlight/contracts';
import { hasLoadDetails } from '@pilotlight/contracts/load-tree';
import { loadTreeText } from './load-tree.ts';
import type { Look } from './look.ts';
import { printable } from './printable.ts';
import { age, milliseconds } from './quantities.ts';
import { percent, time } from './stats.ts';
import { type Column, table } from './table.ts';
import { wrapped } from './text-width.ts';

const right = { align: 'right' } as const;

const columns = (now: Date): readonly Column<AnalyzedFunction>[] => [
  { title: 'FUNCTION', value: (row) => printable(row.functionName) },
  { title: 'PROJECT', value: (row) => printable(row.project) },
  { title: 'RUNTIME', value: (row) => printable(row.runtime) || '-' },
  { title: 'REGION', value: (row) => printable(row.region) || '-' },
  { title: 'MEMORY', value: (row) => megabytes(row.memoryAllocatedMb), ...right },
  { title: 'COLD', value: (row) => percent(row.coldStartStats?.coldStartRate), ...right },
  {
    title: 'INIT',
    value: (row) => milliseconds(row.coldStartStats?.avgInitDurationMs),
    ...right,
  },
  { title: 'P95', value: (row) => milliseconds(row.coldStartStats?.p95InitDurationMs), ...right },
  { title: 'CALLS 24H', value: (row) => row.coldStartStats?.totalInvocations24h ?? 0, ...right },
  { title: 'SEEN', value: (row) => age(row.lastSeenAt, now), ...right },
];

/** A line for each, as they come. */
export function functionTable(functions: readonly AnalyzedFunction[], now: Date): string {
  return table(columns(now), functions);
}

/** Nothing in it can move the cursor: names come from reports, which are anybody's. */
export function functionText(
  details: FunctionDetails,
  { all }: { readonly all: boolean },
  look: Look,
): string {
  return [headText(details, look), loadsText(details, all, look), adviceText(details, look)].join(
    '\n\n',
  );
}

function headText({ function: own, range, coldStarts, init }: FunctionDetails, look: Look): string {
  const about = [own?.runtime ?? '', own?.region ?? '', megabytes(own?.memoryAllocatedMb)]
    .filter((part) => part !== '' && part !== '-')
    .map(printable);
  const name = look.paint('strong', printable(own?.functionName ?? ''));
  const starts = `${coldStarts} cold ${coldStarts === 1 ? 'start' : 'starts'}`;
  return [
    [name, ...about].join('  '),
    `${starts} from ${time(range?.start)} to ${time(range?.end)}`,
    ...(init === undefined
      ? []
      : [
          `init: p50 ${milliseconds(init.p50)}, p90 ${milliseconds(init.p90)}, p95 ${milliseconds(init.p95)}, p99 ${milliseconds(init.p99)}`,
        ]),
  ].join('\n');
}

function loadsText(details: FunctionDetails, all: boolean, look: Look): string {
  const { modules, coldStarts, init } = details;
  if (coldStarts === 0)
    return 'No cold start was reported in this time; --since looks further back.';
  if (modules.length === 0) return 'No module took longer than 1 ms to load.';
  const tree = loadTreeText(modules, { initMs: init?.p50, all }, look);
  const loads = modules.map(({ module, parent, total, self }) => ({
    ...{ module, parent, totalMs: total?.p50 ?? 0, selfMs: self?.p50 },
  }));
  if (hasLoadDetails(loads)) return tree;
  return `${tree}\nThe reports tell totals alone: a time includes what the module loaded itself.`;
}

function adviceText({ recommendations, coldStarts }: FunctionDetails, look: Look): string {
  if (recommendations.length > 0) {
    const shown = recommendations.map((one, index) => recommendationText(one, index + 1, look));
    return [look.paint('strong', 'Recommendations'), ...shown].join('\n');
  }
  return `No recommendations${coldStarts < 5 ? ' yet: there are too few cold starts' : ''}.`;
}

function recommendationText(
  { module, issue, suggestion, potentialSavingsMs, confidence, samples }: ModuleRecommendation,
  number: number,
  look: Look,
): string {
  const starts = `${samples} cold ${samples === 1 ? 'start' : 'starts'}`;
  const lines = (text: string) => wrapped(printable(text), look.columns, '   ');
  return [
    `${number}. ${look.paint('strong', printable(module))}`,
    lines(issue),
    lines(suggestion),
    lines(
      `Saves ${milliseconds(potentialSavingsMs)} of a cold start: confidence ${confidence}, from ${starts}.`,
    ),
  ].join('\n');
}

function megabytes(count: number | undefined): string {
  return count === undefined ? '-' : `${count} MB`;
}
