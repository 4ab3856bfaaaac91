// pilotlight analyze: where starts lose time, what would help, and doing what can be done at once.
import { userInfo } from 'node:os';
import type { AnalyzeResponse, Change } from '@pilotlight/contracts';
import type { Command } from 'commander';
import { applicable, applySuggestions } from '../apply-suggestions.ts';
import { confirmAt } from '../confirm.ts';
import { analysisText } from '../format/analysis.ts';
import { type CommonOptions, note, printJson, printLine, withSession } from '../session.ts';
import { sinceOption, startOf, timeSpan } from '../since.ts';

interface AnalyzeCommandOptions extends CommonOptions {
  /** Milliseconds. */
  readonly since?: number;
  readonly apply?: boolean;
  readonly yes?: boolean;
}

/** Standard output stays what was asked for. */
const terminal = { input: process.stdin, output: process.stderr };

const help = `
Examples:
  pilotlight analyze
  pilotlight analyze nextjs --since 7d
  pilotlight analyze python --apply

Each phase of a start is held against its target and against its median in the time before, as long as
the range. --apply carries out what is a change of a pool's policy; it lasts until it is changed again.`;

export function addAnalyze(program: Command): void {
  program
    .command('analyze')
    .description('Show where starts lose time, and what would make them faster')
    .argument('[template]', 'only of this template')
    .option(...sinceOption, timeSpan)
    .option('--apply', 'carry out suggested changes of policy, asking before each')
    .option('--yes', 'do not ask')
    .option('--json', 'print a JSON object')
    .addHelpText('after', help)
    .action(async (template: string | undefined, _, command: Command) => {
      const options: AnalyzeCommandOptions = command.optsWithGlobals();
      await withSession(options, async ({ client }) => {
        const range = startOf(options.since, new Date());
        const analysis = await client.analyze({ ...range, ...(template && { template }) });
        if (!options.json) printLine(analysisText(analysis));
        const wanted = options.apply === true ? applicable(analysis) : [];
        const applied = await applySuggestions(wanted, {
          client,
          by: userInfo().username,
          confirm: async (question) => options.yes === true || confirmAt(terminal, question),
          say: note,
        });
        if (options.json) return printAsJson(analysis, options.apply === true, applied);
        if (options.apply === true && wanted.length === 0) note('Nothing to apply.');
      });
    });
}

async function printAsJson(
  analysis: AnalyzeResponse,
  isApplying: boolean,
  applied: readonly Change[],
): Promise<void> {
  const { AnalyzeResponse, Change } = await import('@pilotlight/contracts');
  const changes = applied.map((change) => Change.toJSON(change));
  printJson({
    ...Object.assign({}, AnalyzeResponse.toJSON(analysis)),
    ...(isApplying && { applied: changes }),
  });
}
