// pilotlight ps: every sandbox there is.
import type { Sandbox } from '@pilotlight/contracts';
import type { Command } from 'commander';
import { age } from '../format/quantities.ts';
import { type Column, table } from '../format/table.ts';
import { type CommonOptions, printJson, printLine, withSession } from '../session.ts';

const columns = (now: Date): readonly Column<Sandbox>[] => [
  { title: 'SANDBOX', value: (row) => row.sandboxId },
  { title: 'TEMPLATE', value: (row) => row.template },
  { title: 'STATE', value: (row) => row.state },
  { title: 'AGE', value: (row) => age(row.createdAt, now), align: 'right' },
  { title: 'USER', value: (row) => row.userId || '-' },
  { title: 'EXECUTION', value: (row) => row.executionId || '-' },
];

export function addPs(program: Command): void {
  program
    .command('ps')
    .description('List sandboxes: warm, leased and running')
    .argument('[template]', 'only of this template')
    .option('--json', 'print a JSON array')
    .addHelpText('after', '\nExamples:\n  pilotlight ps\n  pilotlight ps python --json')
    .action(async (template: string | undefined, _, command: Command) => {
      const options: CommonOptions = command.optsWithGlobals();
      const sandboxes = await withSession(options, ({ client }) => client.listSandboxes(template));
      if (!options.json) return printLine(sandboxTable(sandboxes, new Date()));
      const { Sandbox } = await import('@pilotlight/contracts');
      printJson(sandboxes.map((sandbox) => Sandbox.toJSON(sandbox)));
    });
}

export function sandboxTable(sandboxes: readonly Sandbox[], now: Date): string {
  if (sandboxes.length === 0) return 'No sandboxes.';
  const sorted = sandboxes.toSorted(
    (a, b) => a.template.localeCompare(b.template) || a.sandboxId.localeCompare(b.sandboxId),
  );
  return table(columns(now), sorted);
}
