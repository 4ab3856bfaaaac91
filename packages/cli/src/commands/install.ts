// pilotlight install: packages that a template names, into a leased sandbox.
import type { Command } from 'commander';
import { leaseOf } from '../leases.ts';
import { type CommonOptions, printJson, printLine, withSession } from '../session.ts';

interface InstallOptions extends CommonOptions {
  readonly token?: string;
}

const help = `
Example:
  pilotlight install sb_node_k3_1 vitest @types/node`;

export function addInstall(program: Command): void {
  program
    .command('install')
    .description('Install packages that the template names in a leased sandbox')
    .argument('<sandbox>', 'its id')
    .argument('<packages...>', 'names, as npm or Debian has them')
    .option('--token <token>', 'the lease, where it was not acquired from here')
    .option('--json', 'print one JSON object')
    .addHelpText('after', help)
    .action(async (sandboxId: string, packages: string[], _, command: Command) => {
      const options: InstallOptions = command.optsWithGlobals();
      const installed = await withSession(options, ({ client, dataDir }) =>
        client.attach(leaseOf(dataDir, sandboxId, options.token)).installPackages(packages),
      );
      if (options.json) printJson({ installed });
      else printLine(installed.length > 0 ? `Installed ${installed.join(', ')}.` : 'All there.');
    });
}
