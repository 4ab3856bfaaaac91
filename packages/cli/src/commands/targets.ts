// pilotlight targets: where Prometheus finds the processes of the running platform.
import type { Command } from 'commander';
import { dataDirectory } from '../data-dir.ts';
import { type Column, table } from '../format/table.ts';
import { type Endpoints, readEndpoints } from '../platform/endpoints.ts';
import { type CommonOptions, printJson, printLine } from '../session.ts';

/** One entry of a file of Prometheus' file_sd. */
interface ScrapeTarget {
  readonly targets: readonly [string];
  /** Instead of the address, which is another after each start: a series goes on. */
  readonly labels: { readonly instance: string };
}

const columns: readonly Column<ScrapeTarget>[] = [
  { title: 'PROCESS', value: ({ labels }) => labels.instance },
  { title: 'METRICS', value: ({ targets }) => `http://${targets[0]}/metrics` },
];

const help = `
Example:
  pilotlight targets --json > deploy/observability/prometheus/targets/pilotlight.json

Prometheus reads that file again when it changes. Write it after each start of the platform, which
chooses free ports.`;

export function addTargets(program: Command): void {
  program
    .command('targets')
    .description('Show where the processes of the running platform serve metrics')
    .option('--json', "print the content of a file for Prometheus' file_sd")
    .addHelpText('after', help)
    .action((_, command: Command) => {
      const options: CommonOptions = command.optsWithGlobals();
      const targets = scrapeTargets(readEndpoints(dataDirectory(options.dataDir)));
      if (options.json) printJson(targets);
      else printLine(table(columns, targets));
    });
}

/** Of every process, in the order of starting. */
function scrapeTargets({ ops }: Pick<Endpoints, 'ops'>): ScrapeTarget[] {
  return Object.entries(ops).map(([instance, address]) => ({
    targets: [address],
    labels: { instance },
  }));
}
