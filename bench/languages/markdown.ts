// The figures of all languages as Markdown: what docs/performance.md is made of.
import { cpus, release, type as systemType, totalmem } from 'node:os';
import type { Percentiles } from '../statistics.ts';
import type { LanguageFigures, MissingLanguage } from './measure.ts';
import { languagePrograms, simpleExecutionMs } from './programs.ts';

/** One table with its heading, and what was left out. */
export interface Section {
  readonly heading: string;
  readonly text: string;
  readonly rows: readonly (readonly string[])[];
  readonly missing: readonly MissingLanguage[];
}

const both = ({ p50, p99 }: Percentiles) => `${Math.round(p50)} / ${Math.round(p99)}`;
/** How often a figure fits into its target. */
const times = (target: number, value: number) => `${(target / value).toFixed(1)} ×`;

/** Cold starts against requirement 003, section 2.1: without stock, the compile stage apart. */
export function coldSection(
  figures: readonly LanguageFigures[],
  missing: readonly MissingLanguage[],
): Section {
  const heading = ['driver', 'language', 'first byte', 'compile', 'without compile', 'target', ''];
  return {
    heading: 'Cold: an empty pool',
    text: 'From the call of a client until the first byte of the program is in its hands. p50 / p99 in ms.',
    rows: [heading, ...figures.map((it) => coldRow(it))],
    missing,
  };
}

function coldRow(figures: LanguageFigures): string[] {
  const program = languagePrograms.find(({ language }) => language === figures.language);
  const target = program?.coldTargetMs;
  return [
    figures.driver,
    `${figures.language} ${figures.version}`,
    both(figures.first_byte_ms),
    figures.compile_ms === null ? '' : both(figures.compile_ms),
    both(figures.without_compile_ms),
    target === undefined ? '' : `${target}`,
    target === undefined ? '' : times(target, figures.without_compile_ms.p50),
  ];
}

/** Warm runs against requirement 003, section 5.1. */
export function warmSection(
  figures: readonly LanguageFigures[],
  missing: readonly MissingLanguage[],
): Section {
  const { p50, p99 } = simpleExecutionMs;
  const heading = ['driver', 'language', 'first byte', 'compile', 'run', 'target', ''];
  return {
    heading: 'Warm: stock in the pool',
    text: 'From the call of a client until the first byte, and until the result. p50 / p99 in ms.',
    rows: [
      heading,
      ...figures.map((it) => [
        it.driver,
        `${it.language} ${it.version}`,
        both(it.first_byte_ms),
        it.compile_ms === null ? '' : both(it.compile_ms),
        both(it.run_ms),
        `${p50} / ${p99}`,
        `${times(p50, it.run_ms.p50)} / ${times(p99, it.run_ms.p99)}`,
      ]),
    ],
    missing,
  };
}

/** The whole page. */
export function performancePage(sections: readonly Section[], command: string): string {
  const parts = sections.map(({ heading, text, rows, missing }) =>
    [
      `## ${heading}`,
      text,
      markdownTable(rows),
      ...missing.map((it) => `Not measured: ${it.language} with ${it.driver}: ${it.problem}`),
    ].join('\n\n'),
  );
  return [
    '# Performance of the languages',
    `Hello world in every language, printed by \`${command}\` on this machine: ${machine()}.`,
    'Targets are those of the requirements; the last column says how often the figure fits into its target.',
    ...parts,
    '',
  ]
    .join('\n\n')
    .trimEnd();
}

function machine(): string {
  const [first] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} × ${first?.model.trim() ?? 'unknown'}, ${memory} GiB, ${systemType()} ${release()}`;
}

function markdownTable(rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const [heading = [], ...body] = rows;
  return [line(heading), line(heading.map(() => '---')), ...body.map(line)].join('\n');
}
