// pilotlight action: tells the platform what a user does, so that it fetches ahead.
import { userInfo } from 'node:os';
import { PlatformError, type PrefetchOrder, userActions } from '@pilotlight/contracts';
import { Argument, type Command } from 'commander';
import { type Column, table } from '../format/table.ts';
import { leaseOf } from '../leases.ts';
import { type CommonOptions, printJson, printLine, withSession } from '../session.ts';

interface ActionOptions extends CommonOptions {
  readonly template: string;
  readonly sandbox?: string;
  readonly token?: string;
  readonly context: Readonly<Record<string, string>>;
  readonly user: string;
}

const help = `
Examples:
  pilotlight action user_login --template python
  pilotlight action project_open --template react-vite --sandbox "$id" --context project=shop

What is fetched is in /tmp/.prefetch of the sandbox; rules are in templates/prefetch.yaml.`;

const columns: readonly Column<PrefetchOrder>[] = [
  { title: 'RESOURCE', value: (row) => row.resource },
  { title: 'PRIORITY', value: (row) => row.priority },
  { title: 'OUTCOME', value: (row) => row.outcome },
  { title: 'WHY', value: (row) => row.detail },
];

export function addAction(program: Command): void {
  program
    .command('action')
    .description('Tell what a user does; what they will want next is fetched ahead')
    .addArgument(new Argument('<action>', 'what happened').choices(userActions))
    .requiredOption('--template <name>', 'that the user works with')
    .option('--sandbox <id>', 'that the user holds')
    .option('--token <token>', 'its lease, where it was not acquired from here')
    .option('--context <name=value>', 'what it is about; may be repeated', namedValue, {})
    .option('-u, --user <id>', 'on whose behalf', userInfo().username)
    .option('--json', 'print a JSON array')
    .addHelpText('after', help)
    .action(async (action: (typeof userActions)[number], _, command: Command) => {
      const options: ActionOptions = command.optsWithGlobals();
      const { template, sandbox, token, context, user } = options;
      await withSession(options, async ({ client, dataDir }) => {
        const orders = await client.onAction({
          ...{ action, template, context, userId: user },
          ...(sandbox !== undefined && { lease: leaseOf(dataDir, sandbox, token) }),
        });
        if (!options.json)
          return printLine(orders.length > 0 ? table(columns, orders) : 'Nothing.');
        const { PrefetchOrder } = await import('@pilotlight/contracts');
        printJson(orders.map((order) => PrefetchOrder.toJSON(order)));
      });
    });
}

function namedValue(text: string, before: Readonly<Record<string, string>>) {
  const at = text.indexOf('=');
  if (at > 0) return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
  throw new PlatformError('invalid_argument', `--context ${text}: must be name=value`);
}
