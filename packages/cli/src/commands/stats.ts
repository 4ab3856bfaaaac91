// pilotlight stats: what was recorded of requests, in sums or one by one.
import type { Command } from 'commander';
import { activityTable, statsText } from '../format/stats.ts';
import { wholeNumber } from '../numbers.ts';
import { type CommonOptions, printJson, printLine, withSession } from '../session.ts';
import { sinceOption, startOf, timeSpan } from '../since.ts';

interface StatsCommandOptions extends CommonOptions {
  readonly template?: string;
  readonly user?: string;
  /** Milliseconds. */
  readonly since?: number;
  readonly recent?: boolean;
  readonly failed?: boolean;
  readonly limit?: number;
}

const help = `
Examples:
  pilotlight stats --since 7d
  pilotlight stats --template python --recent
  pilotlight stats --failed --json

WARM is the share of served requests that found a sandbox ready; the times are what requesters waited.`;

export function addStats(program: Command): void {
  program
    .command('stats')
    .description('Show what requests waited, how they were served and how they ended')
    .option('--template <name>', 'only of this template')
    .option('-u, --user <id>', 'only of this user')
    .option(...sinceOption, timeSpan)
    .option('--recent', 'list requests, newest first')
    .option('--failed', 'list requests whose sandbox never came up')
    .option('--limit <n>', 'most rows of each table', wholeNumber(1, 1_000))
    .option('--json', 'print a JSON object, or an array of requests')
    .addHelpText('after', help)
    .action(async (_, command: Command) => {
      const options: StatsCommandOptions = command.optsWithGlobals();
      const isList = options.recent === true || options.failed === true;
      await (isList ? showActivity(options) : showSums(options));
    });
}

async function showSums(options: StatsCommandOptions): Promise<void> {
  const stats = await withSession(options, ({ client }) => client.stats(questionOf(options)));
  if (!options.json) return printLine(statsText(stats));
  const { Stats } = await import('@pilotlight/contracts');
  printJson(Stats.toJSON(stats));
}

async function showActivity(options: StatsCommandOptions): Promise<void> {
  const question = { ...questionOf(options), failedOnly: options.failed === true };
  const activity = await withSession(options, ({ client }) => client.activity(question));
  if (!options.json) return printLine(activityTable(activity));
  const { Activity } = await import('@pilotlight/contracts');
  printJson(activity.map((one) => Activity.toJSON(one)));
}

function questionOf({ template, user, since, limit }: StatsCommandOptions) {
  return {
    ...startOf(since, new Date()),
    ...(template !== undefined && { template }),
    ...(user !== undefined && { userId: user }),
    ...(limit !== undefined && { limit }),
  };
}
