// node examples/lambda/run.ts FUNCTION: starts a function as Lambda would, calls it, prints how long
// its init and its calls took.
import { parseArgs } from 'node:util';
import { startFunction } from './function-process.ts';
import { events, type FunctionName, prepareFunctions, registered } from './functions.ts';
import { startLocalQueue } from './local-queue.ts';
import { currentNode, nodeProgram } from './nodes.ts';

const usage = `Usage: node examples/lambda/run.ts FUNCTION[/VARIANT] [options]

FUNCTION is orders (the whole of aws-sdk), accounts (an ORM) or hello (lean).
VARIANT is index (the default: under the analyzer), before (the same without it) or after (without
it, and with the analyzer's advice taken; not of hello).

  --calls N         invocations of each started function (default 3)
  --starts N        cold starts, one after another (default 1)
  --node MAJOR      Node version, from npm into the user's cache (default: this one, ${currentNode.major})
  --endpoint URL    where the analyzer reports to, as http://127.0.0.1:8080
  --api-key KEY     key of a project there, csa_...
  --name NAME       what the function reports as (default FUNCTION)
  --logs            what the function wrote, on stderr
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    calls: { type: 'string', default: '3' },
    starts: { type: 'string', default: '1' },
    node: { type: 'string' },
    endpoint: { type: 'string' },
    'api-key': { type: 'string' },
    name: { type: 'string' },
    logs: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const [name = '', variant = 'index'] = positionals[0]?.split('/') ?? [];
if (values.help || positionals.length !== 1 || !isFunction(name)) {
  process.stdout.write(usage);
  process.exitCode = values.help ? 0 : 2;
} else {
  await prepareFunctions();
  for (let start = 0; start < Number(values.starts); start += 1) await run(name);
}

async function run(name: FunctionName): Promise<void> {
  const queue = await startLocalQueue();
  const started = await startFunction({
    handler: `${name}/${variant}.handler`,
    name: values.name ?? name,
    node: values.node === undefined ? currentNode : await nodeProgram(Number(values.node)),
    env: { ORDERS_QUEUE_URL: queue.url, ...(variant === 'index' && analyzerEnvironment()) },
  });
  try {
    for (let call = 0; call < Number(values.calls); call += 1) {
      const { status, durationMs, sinceStartMs, payload } = await started.invoke(events[name]);
      if (call === 0)
        say(`init ${ms(await started.initMs)}, first answer after ${ms(sinceStartMs)}`);
      say(`call ${call + 1}: ${status} in ${ms(durationMs)}  ${payload}`);
    }
  } finally {
    await started.stop();
    queue.close();
    if (values.logs) process.stderr.write(started.logs());
  }
}

function analyzerEnvironment(): Record<string, string> {
  return {
    ...registered,
    ...(values.endpoint !== undefined && { COLDSTART_ENDPOINT: values.endpoint }),
    ...(values['api-key'] !== undefined && { COLDSTART_API_KEY: values['api-key'] }),
  };
}

function isFunction(name: string): name is FunctionName {
  return Object.hasOwn(events, name);
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
