// What a function under the analyzer's SDK sends, made up so that what must come out is known.
import type { Pilotlight } from '@pilotlight/client';
import { until } from './until.ts';

/** A function whose start is mostly an SDK of which its first call uses nothing. */
export interface ReportOptions {
  readonly functionName: string;
  /** One invocation each. */
  readonly coldStarts: number;
  /** More of module_timings: inclusive milliseconds. */
  readonly moduleTimings?: Readonly<Record<string, number>>;
}

const details = [
  { module: './src/payment', self_ms: 40, total_ms: 1_540, path: 'src/payment.js', used: true },
  {
    ...{ module: 'aws-sdk', parent: './src/payment', self_ms: 1_000, total_ms: 1_200 },
    ...{ path: 'node_modules/aws-sdk/index.js', version: '2.1692.0', files: 600, used: false },
  },
  { module: 'xml2js', parent: 'aws-sdk', self_ms: 200, total_ms: 200, files: 9, used: false },
  { module: 'moment', parent: './src/payment', self_ms: 300, total_ms: 300, files: 1, used: true },
];

/** The same for all, so that a report that is posted again is no other one. */
const timestamp = new Date().toISOString();

/** A project with a key of its own. Waits for the database, which begins after everything else. */
export async function projectWithKey({ keys }: Pilotlight, slug: string): Promise<string> {
  await until('there is a database', () => keys.listPlans().then(Boolean, () => false));
  await keys.createProject({ name: slug, slug });
  return (await keys.create({ project: slug })).key;
}

/** Posts a batch and resolves when it was accepted. The key may still be on its way to the gateway. */
export async function reportStarts(http: string, key: string, options: ReportOptions) {
  const { functionName, coldStarts, moduleTimings = {} } = options;
  const totals = details.map(({ module, total_ms: ms }) => [module, ms] as const);
  const invocations = Array.from({ length: coldStarts }, (_, index) => ({
    ...{ function_name: functionName, invocation_id: `${functionName}-${index}` },
    ...{ timestamp, cold_start: true, execution_duration_ms: 20 },
    ...{ init_duration_ms: 2_000 + index, memory_allocated_mb: 512, region: 'us-east-1' },
    ...{ runtime_version: 'nodejs22.x', architecture: 'arm64', module_details: details },
    module_timings: { ...Object.fromEntries(totals), ...moduleTimings },
  }));
  const answer = await until('the key is known', async () => {
    const response = await fetch(`${http}/api/v1/ingest/batch`, {
      method: 'POST',
      headers: { 'X-API-Key': key, 'Content-Type': 'application/json' },
      body: JSON.stringify({ invocations }),
    });
    return response.status !== 401 && response;
  });
  if (!answer.ok) throw new Error(`The reports were refused: ${await answer.text()}`);
  return (await answer.json()) as { readonly processed: number; readonly failed: number };
}
