// pilotlight logs: what an execution wrote, while it runs and for a while afterwards.
import type { Command } from 'commander';
import { wholeNumber } from '../numbers.ts';
import { type CommonOptions, note, printJson, withSession } from '../session.ts';

interface LogsOptions extends CommonOptions {
  readonly from: number;
}

const help = `
Examples:
  id=$(pilotlight run --detach slow.py) && pilotlight logs "$id"
  pilotlight logs 6c0f… --from 12 --json`;

export function addLogs(program: Command): void {
  program
    .command('logs')
    .description('Show the output of an execution; follows it while it runs')
    .argument('<id>', 'of the execution')
    .option('--from <n>', 'first sequence number', wholeNumber(1, Number.MAX_SAFE_INTEGER), 1)
    .option('--json', 'print one JSON object a line for each event')
    .addHelpText('after', help)
    .action(async (id: string, _, command: Command) => {
      const options: LogsOptions = command.optsWithGlobals();
      await (options.json ? eventsOf(id, options) : outputOf(id, options));
    });
}

async function eventsOf(id: string, options: LogsOptions): Promise<void> {
  const { ExecutionEvent } = await import('@pilotlight/contracts');
  await withSession(options, async ({ client }) => {
    for await (const event of client.watchOutput(id, { fromSequence: options.from })) {
      printJson(ExecutionEvent.toJSON({ event }));
    }
  });
}

/** What was short enough to ride in the result may have no chunks of its own. */
async function outputOf(id: string, options: LogsOptions): Promise<void> {
  await withSession(options, async ({ client }) => {
    let chunks = 0;
    for await (const event of client.watchOutput(id, { fromSequence: options.from })) {
      if (event.$case === 'output') {
        const { stage, stream, data } = event.output;
        const isProgram = stage !== 'compile' && stream !== 'stderr';
        (isProgram ? process.stdout : process.stderr).write(data);
        chunks += 1;
      } else if (event.$case === 'restarted') {
        note(`Attempt ${event.restarted}: its output starts again.`);
      } else if (event.$case === 'result') {
        const { compile, stdout, stderr, status, message } = event.result;
        if (chunks === 0 && options.from === 1) {
          process.stderr.write(compile?.stdout?.data ?? '');
          process.stderr.write(compile?.stderr?.data ?? '');
          process.stdout.write(stdout?.data ?? '');
          process.stderr.write(stderr?.data ?? '');
        }
        if (status !== 'completed') note([status, message].filter(Boolean).join(': '));
      }
    }
  });
}
