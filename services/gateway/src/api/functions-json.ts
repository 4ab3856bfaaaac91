// Serverless functions under the analyzer, as JSON (seed 001, "List Functions" and "Get Function Details"),
// with more members beside the seed's. What is not known is null.
import type {
  FunctionMessage as AnalyzedFunction,
  FunctionDetails,
  ModuleLoad,
  ModuleRecommendation,
  Percentiles,
} from '@pilotlight/contracts';
import { type Static, Type } from 'typebox';

const time = Type.Union([Type.String({ format: 'date-time' }), Type.Null()]);
const nullableText = Type.Union([Type.String(), Type.Null()]);
const nullableNumber = (description?: string) =>
  Type.Union([Type.Number(), Type.Null()], { ...(description !== undefined && { description }) });

const described = {
  id: Type.String({ description: 'UUID.' }),
  function_name: Type.String(),
  project: Type.String({ description: 'Its slug.' }),
  runtime: nullableText,
  region: nullableText,
  memory_allocated_mb: nullableNumber(),
  first_seen_at: time,
  last_seen_at: time,
  cold_start_stats: Type.Object(
    {
      avg_init_duration_ms: nullableNumber('null where there was no cold start.'),
      p95_init_duration_ms: nullableNumber(),
      cold_start_rate: nullableNumber('0 to 1; null where there was no invocation.'),
      total_invocations_24h: Type.Integer(),
    },
    { title: 'ColdStartStats', description: 'Of the last 24 hours.' },
  ),
};

const functionSchema = Type.Object(described, { title: 'Function' });

export const functionsSchema = Type.Object({
  functions: Type.Array(functionSchema, { description: 'Last seen first.' }),
});

const moduleSchema = Type.Object(
  {
    avg_load_time_ms: Type.Number(),
    p50_ms: Type.Number(),
    p95_ms: Type.Number(),
    p99_ms: Type.Number(),
    self_p50_ms: nullableNumber('Without what it loads itself; null where no sender told.'),
    samples: Type.Integer({ description: 'Cold starts that loaded it.' }),
    parent: nullableText,
    path: nullableText,
    version: nullableText,
    share: nullableNumber("Of the function's p50 start that is its own, 0 to 1."),
    unused_rate: nullableNumber('Part of the starts whose first call ran none of it, 0 to 1.'),
  },
  { title: 'ModuleLoad', description: 'Milliseconds, with what it loads itself.' },
);

const recommendationSchema = Type.Object(
  {
    module: Type.String(),
    issue: Type.String(),
    suggestion: Type.String(),
    potential_savings_ms: Type.Number({ description: 'Of every cold start that loads it.' }),
    kind: Type.String({
      description:
        'high_share, unused, duplicate_version, barrel_import, whole_sdk, lighter_package, lazy_candidate or outside_bundle.',
    }),
    confidence: Type.String({ description: 'high, medium or low.' }),
    samples: Type.Integer({ description: 'Cold starts that it is drawn from.' }),
  },
  { title: 'Recommendation' },
);

const initSchema = Type.Union([
  Type.Object({
    avg_ms: Type.Number(),
    p50_ms: Type.Number(),
    p95_ms: Type.Number(),
    p99_ms: Type.Number(),
    max_ms: Type.Number(),
  }),
  Type.Null(),
]);

export const functionDetailsSchema = Type.Object(
  {
    ...described,
    range: Type.Object({ start: time, end: time }),
    cold_starts: Type.Integer({
      description: 'In the range. Init is of the newest 1,000, modules are of 200.',
    }),
    init_duration: initSchema,
    module_breakdown: Type.Record(Type.String(), moduleSchema, {
      description: 'By module, the longest first.',
    }),
    recommendations: Type.Array(recommendationSchema, { description: 'Largest saving first.' }),
  },
  { title: 'FunctionDetails' },
);

export function functionJson(one: AnalyzedFunction): Static<typeof functionSchema> {
  const { coldStartStats } = one;
  return {
    ...{ id: one.id, function_name: one.functionName, project: one.project },
    ...{ runtime: one.runtime || null, region: one.region || null },
    memory_allocated_mb: one.memoryAllocatedMb ?? null,
    first_seen_at: timeJson(one.firstSeenAt),
    last_seen_at: timeJson(one.lastSeenAt),
    cold_start_stats: {
      avg_init_duration_ms: coldStartStats?.avgInitDurationMs ?? null,
      p95_init_duration_ms: coldStartStats?.p95InitDurationMs ?? null,
      cold_start_rate: coldStartStats?.coldStartRate ?? null,
      total_invocations_24h: coldStartStats?.totalInvocations24h ?? 0,
    },
  };
}

/** `one` is the function that the details are of. */
export function functionDetailsJson(
  one: AnalyzedFunction,
  details: FunctionDetails,
): Static<typeof functionDetailsSchema> {
  const { range, coldStarts, init, modules, recommendations } = details;
  return {
    ...functionJson(one),
    range: { start: timeJson(range?.start), end: timeJson(range?.end) },
    cold_starts: coldStarts,
    init_duration: init === undefined || coldStarts === 0 ? null : initJson(init),
    // Defines members: a module may be named `__proto__`.
    module_breakdown: Object.fromEntries(modules.map((load) => [load.module, moduleJson(load)])),
    recommendations: recommendations.map(recommendationJson),
  };
}

function initJson({ average, p50, p95, p99, max }: Percentiles) {
  return { avg_ms: average, p50_ms: p50, p95_ms: p95, p99_ms: p99, max_ms: max };
}

function moduleJson(load: ModuleLoad): Static<typeof moduleSchema> {
  const { total, self } = load;
  return {
    avg_load_time_ms: total?.average ?? 0,
    ...{ p50_ms: total?.p50 ?? 0, p95_ms: total?.p95 ?? 0, p99_ms: total?.p99 ?? 0 },
    self_p50_ms: self?.p50 ?? null,
    samples: total?.samples ?? 0,
    ...{ parent: load.parent || null, path: load.path || null, version: load.version || null },
    ...{ share: load.share ?? null, unused_rate: load.unusedRate ?? null },
  };
}

function recommendationJson(one: ModuleRecommendation): Static<typeof recommendationSchema> {
  const { module, issue, suggestion, potentialSavingsMs, kind, confidence, samples } = one;
  const savings = { potential_savings_ms: potentialSavingsMs };
  return { module, issue, suggestion, ...savings, kind, confidence, samples };
}

function timeJson(time: Date | undefined): string | null {
  return time?.toISOString() ?? null;
}
