// pilotlight plans: how much the keys of a project may do.
import { Entitlements, limits, priorities } from '@pilotlight/contracts';
import { type Command, Option } from 'commander';
import { type Column, table } from '../format/table.ts';
import { wholeNumber } from '../numbers.ts';
import { type CommonOptions, printJson, printLine, withSession } from '../session.ts';

interface SetOptions extends CommonOptions {
  readonly priority?: string;
  readonly concurrent?: number;
  readonly queued?: number;
  readonly requests?: number;
  readonly queries?: number;
  readonly timeout?: number;
  readonly memory?: number;
}

const help = `
Examples:
  pilotlight plans list
  pilotlight plans set premium --concurrent 300
  pilotlight plans set trial --priority low --requests 60

What is left out stays as it is. 0 sets no bound beside the platform's own.`;

const count = wholeNumber(0, 1_000_000_000);

export function addPlans(program: Command): void {
  const plans = program
    .command('plans')
    .description('Show and change what the keys of a project may do')
    .addHelpText('after', help);
  plans
    .command('list')
    .description('Show plans')
    .option('--json', 'print a JSON array')
    .action((_, command: Command) => list(command.optsWithGlobals()));
  plans
    .command('set')
    .description('Make a plan, or change it for all its projects at once')
    .argument('<plan>', 'its name: a-z, 0-9 and "-"')
    .addOption(
      new Option('--priority <name>', 'default, and the most to ask for').choices(priorities),
    )
    .option('--concurrent <n>', 'sandboxes in use at once by one user', count)
    .option('--queued <n>', 'executions of a project without a result', count)
    .option('--requests <n>', 'calls of a key in a minute to run or lease', count)
    .option('--queries <n>', 'other calls of a key in a minute', count)
    .option('--timeout <seconds>', 'the most to ask for', wholeNumber(0, limits.timeoutSeconds.max))
    .option('--memory <MB>', 'the most to ask for', wholeNumber(0, limits.memoryMb.max))
    .option('--json', 'print a JSON object')
    .action((plan: string, _, command: Command) => set(plan, command.optsWithGlobals()));
}

async function list(options: CommonOptions): Promise<void> {
  const plans = await withSession(options, ({ client }) => client.keys.listPlans());
  if (!options.json) return printLine(table(columns, plans));
  printJson(plans.map((plan) => Entitlements.toJSON(plan)));
}

async function set(name: string, options: SetOptions): Promise<void> {
  const plan = await withSession(options, async ({ client }) => {
    const known = (await client.keys.listPlans()).find(({ plan }) => plan === name);
    return client.keys.putPlan(changed(known ?? newPlan(name), options));
  });
  if (!options.json) return printLine(table(columns, [plan]));
  printJson(Entitlements.toJSON(plan));
}

function newPlan(plan: string): Entitlements {
  return Entitlements.fromPartial({ plan, priority: 'normal' });
}

function changed(plan: Entitlements, to: SetOptions): Entitlements {
  return {
    plan: plan.plan,
    priority: to.priority ?? plan.priority,
    concurrentExecutions: to.concurrent ?? plan.concurrentExecutions,
    queuedExecutions: to.queued ?? plan.queuedExecutions,
    requestsPerMinute: to.requests ?? plan.requestsPerMinute,
    queriesPerMinute: to.queries ?? plan.queriesPerMinute,
    timeout: to.timeout ?? plan.timeout,
    memoryLimit: to.memory ?? plan.memoryLimit,
  };
}

const bound = (value: number, unit = '') => (value === 0 ? '-' : `${value}${unit}`);

const columns: readonly Column<Entitlements>[] = [
  { title: 'PLAN', value: (row) => row.plan },
  { title: 'PRIORITY', value: (row) => row.priority },
  { title: 'AT ONCE', value: (row) => bound(row.concurrentExecutions), align: 'right' },
  { title: 'QUEUED', value: (row) => bound(row.queuedExecutions), align: 'right' },
  { title: 'REQUESTS/MIN', value: (row) => bound(row.requestsPerMinute), align: 'right' },
  { title: 'QUERIES/MIN', value: (row) => bound(row.queriesPerMinute), align: 'right' },
  { title: 'TIME', value: (row) => bound(row.timeout, ' s'), align: 'right' },
  { title: 'MEMORY', value: (row) => bound(row.memoryLimit, ' MB'), align: 'right' },
];
