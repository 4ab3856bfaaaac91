// pilotlight release: gives a sandbox back, which destroys it.
import type { Command } from 'commander';
import { leaseOf } from '../leases.ts';
import { type CommonOptions, printJson, printLine, withSession } from '../session.ts';

interface ReleaseOptions extends CommonOptions {
  readonly token?: string;
}

export function addRelease(program: Command): void {
  program
    .command('release')
    .description('Give a sandbox back; everything in it is destroyed')
    .argument('<sandbox>', 'its id')
    .option('--token <token>', 'the lease, where it was not acquired from here')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  pilotlight release sb_node_k3_1')
    .action(async (sandboxId: string, _, command: Command) => {
      const options: ReleaseOptions = command.optsWithGlobals();
      await withSession(options, async ({ client, dataDir }) => {
        await client.attach(leaseOf(dataDir, sandboxId, options.token)).release();
      });
      if (options.json) printJson({ sandbox_id: sandboxId, released: true });
      else printLine(`Released ${sandboxId}.`);
    });
}
