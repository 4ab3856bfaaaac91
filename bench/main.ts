// npm run --silent bench -- SCENARIO [--json]
import { parseArgs } from 'node:util';
import { burst } from './scenarios/burst.ts';
import { cold } from './scenarios/cold.ts';
import { idle } from './scenarios/idle.ts';
import { throughput } from './scenarios/throughput.ts';
import { warm } from './scenarios/warm.ts';
import { say, table } from './statistics.ts';

const scenarios: Readonly<Record<string, () => Promise<object>>> = {
  warm,
  cold,
  throughput,
  burst,
  idle,
};

const usage = `Usage: npm run --silent bench -- SCENARIO [--json]

Each scenario brings up a private platform, measures its baselines in the same run, and takes
everything away again. Progress goes to stderr.
  warm        acquire and run with stock in the pool (about 2 min)
  cold        acquire and run on an empty pool, for each driver (1 min)
  throughput  single-use runs a second (1 min)
  burst       100 acquires more than there is stock (1 min)
  idle        a minute at rest: cpu and memory of every process (2 min)
  --json      one JSON object as the last line of stdout, instead of a table
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
});
const scenario = scenarios[positionals[0] ?? ''];
if (values.help || scenario === undefined) {
  process.stdout.write(usage);
  process.exitCode = values.help ? 0 : 2;
} else {
  const startedAt = performance.now();
  const result = await scenario();
  say(`Done in ${Math.round((performance.now() - startedAt) / 1_000)} s.`);
  process.stdout.write(`${values.json ? JSON.stringify(result) : table(rowsOf(result))}\n`);
}

/** One row for each figure, named by its path in the JSON. */
function rowsOf(result: object): string[][] {
  const rows = (value: unknown, path: string): string[][] =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, inner]) => rows(inner, path ? `${path}.${key}` : key))
      : [[path, String(value)]];
  return [['figure', 'value'], ...rows(result, '')];
}
