// pilotlight up: the whole platform on this machine, until Ctrl-C.
import { type Command, Option } from 'commander';
import { wholeNumber } from '../numbers.ts';
import type { UpOptions } from '../up/up.ts';

const help = `
Examples:
  pilotlight up
  pilotlight up --once            # start, demonstrate, stop; exit code 0 if all of it worked
  pilotlight up --driver docker --port 50060

Ctrl-C stops everything in order; a second one at once. Logs are in the data directory.`;

function commaList(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  return names.filter((name) => name !== '');
}

export function addUp(program: Command): void {
  program
    .command('up')
    .description('Run the whole platform on this machine')
    .option('--once', 'stop after the demonstration')
    .option(
      '--http-port <n>',
      'of REST and pages; default 8080, or any if that is taken',
      wholeNumber(1, 65_535),
    )
    .option('--port <n>', 'of gRPC; default 50051, or any if that is taken', wholeNumber(1, 65_535))
    .addOption(
      new Option('--driver <name>', 'what makes sandboxes')
        .choices(['auto', 'oci', 'docker'])
        .default('auto'),
    )
    .addOption(
      new Option('--profile <name>', 'sizes of the pools')
        .choices(['embedded', 'cluster'])
        .default('embedded'),
    )
    .option('--templates <names>', 'use only these, with commas between', commaList)
    .option('--weak-limits', 'accept that memory, cpu and pids cannot be limited here')
    .option('--no-demo', 'no demonstration')
    .addOption(
      new Option('--log-level <level>', 'of the services')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info'),
    )
    .addHelpText('after', help)
    .action(async (_, command: Command) => {
      const { up } = await import('../up/up.ts');
      const options: UpOptions = command.optsWithGlobals();
      process.exitCode = await up(options);
    });
}
