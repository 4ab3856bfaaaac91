// pilotlight cancel: ends an execution, queued or running.
import type { Command } from 'commander';
import { type CommonOptions, printJson, printLine, withSession } from '../session.ts';

export function addCancel(program: Command): void {
  program
    .command('cancel')
    .description('End an execution, queued or running')
    .argument('<id>', 'of the execution')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nAn execution that has ended stays as it is; its status is shown.')
    .action(async (id: string, _, command: Command) => {
      const options: CommonOptions = command.optsWithGlobals();
      const { executionId, status } = await withSession(options, ({ client }) => client.cancel(id));
      if (options.json) printJson({ execution_id: executionId, status });
      else printLine(`${executionId} is ${status}.`);
    });
}
