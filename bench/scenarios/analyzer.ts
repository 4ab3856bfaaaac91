// What the analyzer adds to the cold start that it measures, which is the init phase: the functions of
// examples/lambda with and without it, started in turns by the local Lambda Runtime API.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { Scope } from '@pilotlight/lifecycle';
import { type FunctionOptions, startFunction } from '../../examples/lambda/function-process.ts';
import {
  events,
  type FunctionName,
  prepareFunctions,
  registered,
} from '../../examples/lambda/functions.ts';
import { startLocalQueue } from '../../examples/lambda/local-queue.ts';
import { currentNode, nodeProgram } from '../../examples/lambda/nodes.ts';
import { hundredths, median, say } from '../statistics.ts';

const turns = 60;
const warmUpTurns = 3;
const apiKey = `csa_${'a'.repeat(32)}`;

interface ColdStart {
  /** From the spawn until the process asks for its first event: what Lambda bills as init. */
  readonly initMs: number;
  /** From the spawn to the first answer at the Runtime API; with the analyzer, its report is sent before. */
  readonly answerMs: number;
}

/** `traced`: one line in the function's file. `registered`: that, and the register entry given to Node. */
type Variant = 'plain' | 'traced' | 'registered';
const variants: readonly Variant[] = ['plain', 'traced', 'registered'];

/**
 * The ratio is that of the init phase, of the heavy function which suffers more by the documented one-line
 * use; each is the median of the pairs' own. The wait until the first answer and the register entry are
 * beside it.
 * `node`: major version to run the functions on, from npm; unset: this one.
 */
export async function analyzer({ node }: { readonly node: string | undefined }) {
  const scope = new Scope();
  try {
    await prepareFunctions();
    const program = node === undefined ? currentNode : await nodeProgram(Number(node));
    const endpoint = await startEndpoint(scope);
    const queue = await startLocalQueue();
    scope.defer('queue', () => queue.close());
    const measured = async (name: FunctionName) => {
      const plain = {
        handler: `${name}/before.handler`,
        name,
        node: program,
        env: { ORDERS_QUEUE_URL: queue.url },
      };
      const traced = {
        ...plain,
        handler: `${name}/index.handler`,
        env: {
          ...plain.env,
          COLDSTART_ENDPOINT: endpoint.url,
          COLDSTART_API_KEY: apiKey,
        },
      };
      const found = await measure(name, {
        plain,
        traced,
        registered: { ...traced, env: { ...traced.env, ...registered } },
      });
      if (endpoint.coldStartsOf(name) < 2 * turns)
        throw new Error(`Not every start of ${name} told.`);
      return found;
    };
    const functions = {
      orders: await measured('orders'),
      accounts: await measured('accounts'),
      hello: await measured('hello'),
    };
    const { orders, accounts } = functions;
    const worse = orders.overhead_ratio > accounts.overhead_ratio ? orders : accounts;
    const { register: _, ...ofWorse } = worse;
    return { ...ofWorse, node: program.major, pairs: turns, functions };
  } finally {
    await scope.close();
  }
}

/** All variants of a turn are neighbours in time, in one order and in the other by turns. */
async function measure(name: FunctionName, options: Readonly<Record<Variant, FunctionOptions>>) {
  const found: Record<Variant, ColdStart>[] = [];
  for (let turn = -warmUpTurns; turn < turns; turn += 1) {
    const starts: Partial<Record<Variant, ColdStart>> = {};
    for (const variant of turn % 2 === 0 ? variants : variants.toReversed()) {
      starts[variant] = await coldStart(name, options[variant]);
    }
    if (turn < 0) continue;
    found.push(starts as Record<Variant, ColdStart>);
    if ((turn + 1) % 10 === 0) say(`  ${name}: ${turn + 1} of ${turns} turns`);
  }
  const medianOf = (ms: (turn: Record<Variant, ColdStart>) => number) =>
    hundredths(median(found.map(ms)));
  const against = (traced: 'traced' | 'registered') => {
    const ratios = found.map((it) => it[traced].initMs / it.plain.initMs);
    return {
      overhead_ratio: thousandths(median(ratios)),
      overhead_ratio_95: interval(ratios).map(thousandths),
      plain_ms: medianOf((it) => it.plain.initMs),
      traced_ms: medianOf((it) => it[traced].initMs),
      added_ms: medianOf((it) => it[traced].initMs - it.plain.initMs),
      answer_plain_ms: medianOf((it) => it.plain.answerMs),
      answer_traced_ms: medianOf((it) => it[traced].answerMs),
      answer_added_ms: medianOf((it) => it[traced].answerMs - it.plain.answerMs),
    };
  };
  return { ...against('traced'), register: against('registered') };
}

async function coldStart(name: FunctionName, options: FunctionOptions): Promise<ColdStart> {
  const started = await startFunction(options);
  try {
    const { status, payload, sinceStartMs } = await started.invoke(events[name]);
    if (status !== 'ok') throw new Error(`${name} failed: ${payload}`);
    return { initMs: await started.initMs, answerMs: sinceStartMs };
  } finally {
    await started.stop();
  }
}

/** Where the median of the distribution is with 95 % confidence, by the ranks of the samples. */
function interval(samples: readonly number[]): number[] {
  const sorted = samples.toSorted((a, b) => a - b);
  const half = 0.98 * Math.sqrt(sorted.length);
  const ranks = [Math.floor(sorted.length / 2 - half), Math.ceil(sorted.length / 2 + half)];
  return ranks.map((rank) => sorted[Math.min(Math.max(rank, 0), sorted.length - 1)] ?? Number.NaN);
}

/** Answers as the gateway does, and counts the cold starts that told of their modules. */
async function startEndpoint(scope: Scope) {
  const coldStarts = new Map<string, number>();
  const server = createServer(async (request, response) => {
    const body = (await json(request)) as Report | { readonly invocations: readonly Report[] };
    const reports = 'invocations' in body ? body.invocations : [body];
    for (const { function_name, cold_start, module_timings } of reports) {
      if (!cold_start || module_timings === undefined) continue;
      coldStarts.set(function_name, (coldStarts.get(function_name) ?? 0) + 1);
    }
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ status: 'ok', processed: reports.length, failed: 0 }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  scope.defer('endpoint', () => server.closeAllConnections());
  scope.defer('endpoint', () => void server.close());
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    coldStartsOf: (name: string) => coldStarts.get(name) ?? 0,
  };
}

interface Report {
  readonly function_name: string;
  readonly cold_start: boolean;
  readonly module_timings?: Readonly<Record<string, number>>;
}

function thousandths(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
