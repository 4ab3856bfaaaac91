// Batches of invocations as the analyzer's SDK sends them, each invocation a cold start with its own id.
import { randomUUID } from 'node:crypto';

/** Invocations in a batch: the most that one call takes. */
export const batchSize = 100;
/** Modules of each invocation, with their details. */
export const modulesEach = 15;
/** That take turns. */
export const functionsReported = 10;

const packages = [
  ...['aws-sdk', '@prisma/client', 'moment', 'lodash', 'axios', 'express', 'uuid', 'winston'],
  ...['body-parser', 'jsonwebtoken', 'zod', 'node:https', './src/app', './src/db', './src/handler'],
];

/** JSON, put together from parts that were made before: the load is to cost as little as it can. */
export function batchSource(): () => string {
  const parts = Array.from({ length: batchSize }, (_, index) => partsOf(index));
  return () => {
    const now = new Date().toISOString();
    const texts = parts.map(
      ([head, tail]) => `${head}"${randomUUID()}","timestamp":"${now}"${tail}`,
    );
    return `{"invocations":[${texts.join(',')}]}`;
  };
}

/** What stands before and after the id and the time. */
function partsOf(index: number): readonly [string, string] {
  const details = packages.map((module, place) => ({
    module,
    path: module.startsWith('.') ? `${module}.js` : `node_modules/${module}/index.js`,
    parent: place === 0 ? '' : packages[place >> 1],
    ...{ self_ms: 1.25 + ((index * 7 + place * 13) % 90), total_ms: 4.5 + ((index + place) % 300) },
    ...{ version: `2.${place}.1`, files: 1 + place * 4, used: place % 3 !== 0 },
  }));
  const rest = JSON.stringify({
    ...{ cold_start: true, init_duration_ms: 800 + (index % 37), execution_duration_ms: 45 },
    ...{ billed_duration_ms: 900, memory_used_mb: 180, memory_allocated_mb: 512 },
    module_timings: Object.fromEntries(details.map((it) => [it.module, it.total_ms])),
    module_details: details,
    ...{ runtime_version: 'nodejs22.x', architecture: 'x86_64', region: 'us-east-1' },
  });
  const head = `{"function_name":"bench-${index % functionsReported}","request_id":"req-${index}"`;
  return [`${head},"invocation_id":`, `,${rest.slice(1)}`];
}
