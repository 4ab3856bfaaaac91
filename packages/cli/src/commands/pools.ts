// pilotlight pools: how much warm stock there is and should be.
import type { Pool } from '@pilotlight/contracts';
import type { Command } from 'commander';
import { age } from '../format/quantities.ts';
import { type Column, table } from '../format/table.ts';
import { type CommonOptions, printJson, printLine, withSession } from '../session.ts';

const columns = (now: Date): readonly Column<Pool>[] => [
  { title: 'TEMPLATE', value: (row) => row.template },
  { title: 'LANGUAGE', value: (row) => row.language || '-' },
  { title: 'VERSION', value: (row) => row.versions.join(', ') || '-' },
  { title: 'ISOLATION', value: (row) => row.isolation },
  { title: 'TARGET', value: (row) => `${row.targetSize}${row.capped ? '!' : ''}`, align: 'right' },
  { title: 'CURRENT', value: (row) => row.currentSize, align: 'right' },
  { title: 'AVAILABLE', value: (row) => row.available, align: 'right' },
  { title: 'CREATING', value: (row) => row.creating, align: 'right' },
  { title: 'LEASED', value: (row) => row.leased, align: 'right' },
  { title: 'SCALED', value: (row) => age(row.lastScaleTime, now), align: 'right' },
];

export function addPools(program: Command): void {
  program
    .command('pools')
    .description('Show warm stock by template')
    .option('--json', 'print a JSON array')
    .addHelpText('after', '\nA target marked ! is held below the demand by a maximum.')
    .action(async (_, command: Command) => {
      const options: CommonOptions = command.optsWithGlobals();
      const pools = await withSession(options, ({ client }) => client.pools());
      if (!options.json) return printLine(poolTable(pools, new Date()));
      const { Pool } = await import('@pilotlight/contracts');
      printJson(pools.map((pool) => Pool.toJSON(pool)));
    });
}

export function poolTable(pools: readonly Pool[], now: Date): string {
  if (pools.length === 0) return 'No pools.';
  const notes = pools.flatMap((pool) => [
    ...pool.preparing.map((step) => `${pool.template} is being prepared on ${step}`),
    ...pool.problems.map((problem) => {
      return `${pool.template}${pool.unavailable ? ' is unavailable on' : ':'} ${problem}`;
    }),
  ]);
  return [table(columns(now), pools), ...notes].join('\n');
}
