// npm run --silent bench -- SCENARIO... [--json | --markdown]
import { parseArgs } from 'node:util';
import { coldSection, performancePage, type Section, warmSection } from './languages/markdown.ts';
import { analyzer } from './scenarios/analyzer.ts';
import { burst } from './scenarios/burst.ts';
import { cold } from './scenarios/cold.ts';
import { fairness } from './scenarios/fairness.ts';
import { http } from './scenarios/http.ts';
import { idle } from './scenarios/idle.ts';
import { ingest } from './scenarios/ingest.ts';
import { overhead } from './scenarios/overhead.ts';
import { record } from './scenarios/record.ts';
import { startup } from './scenarios/startup.ts';
import { throughput } from './scenarios/throughput.ts';
import { warm } from './scenarios/warm.ts';
import { say, table } from './statistics.ts';

interface Measured {
  readonly result: object;
  /** For the page on performance. */
  readonly section?: Section;
}

const scenarios: Readonly<Record<string, () => Promise<Measured>>> = {
  async warm() {
    const result = await warm();
    const { figures, missing } = result.languages;
    return { result, section: warmSection(figures, missing) };
  },
  async cold() {
    const result = await cold();
    const { figures, missing } = result.languages;
    return { result, section: coldSection(figures, missing) };
  },
  throughput: async () => ({ result: await throughput() }),
  burst: async () => ({ result: await burst() }),
  fairness: async () => ({ result: await fairness() }),
  http: async () => ({ result: await http() }),
  idle: async () => ({ result: await idle() }),
  ingest: async () => ({ result: await ingest() }),
  overhead: async () => ({ result: await overhead() }),
  record: async () => ({ result: await record() }),
  startup: async () => ({ result: await startup() }),
  analyzer: async () => ({ result: await analyzer({ node: values.node }) }),
};

const usage = `Usage: npm run --silent bench -- SCENARIO... [--json | --markdown]

Each scenario brings up a private platform, measures its baselines in the same run, and takes
everything away again. Progress goes to stderr.
  warm        acquire and run with stock in the pool, in every language (about 5 min)
  cold        acquire and run on an empty pool, for each driver, in every language (5 min)
  throughput  single-use runs a second (1 min)
  burst       100 acquires more than there is stock (1 min)
  http        REST, WebSockets, 1,000 watchers and 500 silent connections on the gateway (3 min)
  fairness    what one user's flood of 1,000 costs another user (2 min)
  idle        a minute at rest: cpu and memory of every process (2 min)
  overhead    what recording and counting take from throughput and run time (4 min)
  ingest      reported invocations that the gateway takes in in a second, and the recorder's lag (2 min)
  record      events that the stats-recorder writes into PostgreSQL in a second (1 min)
  startup     how long each service takes to start, phase by phase (2 min)
  analyzer    what the analyzer adds to the cold starts of examples/lambda (5 min)
  --node N    with analyzer: the functions run on Node N, from npm (default: this Node)
  --json      one JSON object as the last line of stdout, instead of a table; with several
              scenarios, one with their names as keys
  --markdown  the languages' part of cold and warm as docs/performance.md has it
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
    node: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const known = positionals.every((name) => Object.hasOwn(scenarios, name));
if (values.help || !known || positionals.length === 0) {
  process.stdout.write(usage);
  process.exitCode = values.help ? 0 : 2;
} else {
  const startedAt = performance.now();
  const measured: (readonly [string, Measured])[] = [];
  for (const name of positionals) {
    const scenario = scenarios[name];
    if (scenario !== undefined) measured.push([name, await scenario()]);
  }
  say(`Done in ${Math.round((performance.now() - startedAt) / 1_000)} s.`);
  process.stdout.write(`${printed(measured)}\n`);
}

function printed(measured: readonly (readonly [string, Measured])[]): string {
  if (values.markdown) {
    const sections = measured.flatMap(([, { section }]) => section ?? []);
    return performancePage(sections, `npm run bench -- ${positionals.join(' ')} --markdown`);
  }
  const results = measured.map(([name, { result }]) => [name, result] as const);
  const [only] = results;
  const whole = results.length === 1 && only !== undefined ? only[1] : Object.fromEntries(results);
  return values.json ? JSON.stringify(whole) : table(rowsOf(whole));
}

/** One row for each figure, named by its path in the JSON. */
function rowsOf(result: object): string[][] {
  const rows = (value: unknown, path: string): string[][] =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, inner]) => rows(inner, path ? `${path}.${key}` : key))
      : [[path, String(value)]];
  return [['figure', 'value'], ...rows(result, '')];
}
