// What was recorded, as JSON.
import { Type } from 'typebox';
import { phasesSchema } from './sandbox-json.ts';

const time = Type.String({ format: 'date-time' });
const optionalNumber = (description: string) => Type.Optional(Type.Number({ description }));

const rangeSchema = Type.Object({ start: Type.Optional(time), end: Type.Optional(time) });

const percentilesSchema = Type.Object(
  {
    p50: Type.Number(),
    p90: Type.Number(),
    p95: Type.Number(),
    p99: Type.Number(),
    max: Type.Number(),
    average: Type.Number(),
    samples: Type.Integer(),
  },
  { title: 'Percentiles', description: 'Milliseconds.' },
);

const summarySchema = Type.Object(
  {
    requests: Type.Integer(),
    served: Type.Integer(),
    failed_starts: Type.Integer(),
    warm_hits: Type.Integer(),
    warm_hit_rate: optionalNumber('0 to 1; absent where none was served.'),
    startup: Type.Optional(percentilesSchema),
    warm_startup: Type.Optional(percentilesSchema),
    cold_startup: Type.Optional(percentilesSchema),
    average_active_ms: optionalNumber('Absent where none has ended.'),
    shutdown_reasons: Type.Record(Type.String(), Type.Integer(), { default: {} }),
    clock_skewed: Type.Integer(),
  },
  { title: 'Summary' },
);

export const statsSchema = Type.Object(
  {
    range: Type.Optional(rangeSchema),
    total: Type.Optional(summarySchema),
    by_template: Type.Array(
      Type.Object({
        template: Type.String(),
        summary: Type.Optional(summarySchema),
        average_phases: Type.Optional(phasesSchema),
      }),
      { default: [], description: 'Most requests first.' },
    ),
    by_user: Type.Array(
      Type.Object({ user_id: Type.String(), summary: Type.Optional(summarySchema) }),
      { default: [], description: 'Most requests first; requests without a user are not here.' },
    ),
  },
  { title: 'Stats' },
);

export const activitySchema = Type.Object(
  {
    request_id: Type.String(),
    sandbox_id: Type.String(),
    user_id: Type.String(),
    s3_bucket: Type.String(),
    template: Type.String(),
    node: Type.String(),
    request_received_at: Type.Optional(time),
    available_at: Type.Optional(time),
    stopped_at: Type.Optional(time),
    startup_ms: optionalNumber('Absent where it never was available.'),
    active_ms: optionalNumber('Absent while it lives.'),
    shutdown_reason: Type.String({ description: 'Empty while it lives.' }),
    stop_reason: Type.String(),
    from_warm_pool: Type.Boolean(),
    phases: Type.Optional(phasesSchema),
    execution_id: Type.String(),
    execution_status: Type.String(),
    detail: Type.String(),
    clock_skewed: Type.Boolean(),
  },
  { title: 'Activity' },
);

const suggestionSchema = Type.Object(
  {
    suggestion_id: Type.String(),
    template: Type.String(),
    remedy: Type.String(),
    text: Type.String({ description: 'What to do.' }),
    expected_saving_ms: Type.Number({ description: 'Of an average request.' }),
    basis: Type.String({ description: 'How that was computed.' }),
    policy: Type.Optional(
      Type.Object({ field: Type.String(), from: Type.Integer(), to: Type.Integer() }),
    ),
  },
  { title: 'Suggestion' },
);

const templateAnalysisSchema = Type.Object(
  {
    template: Type.String(),
    inconclusive: Type.Boolean({ description: 'Too few starts for a statement.' }),
    cold_starts: Type.Integer(),
    warm_hit_rate: optionalNumber('0 to 1.'),
    p90_ms: Type.Number(),
    target_ms: Type.Number(),
    phases: Type.Array(
      Type.Object({
        phase: Type.String(),
        p50_ms: Type.Number(),
        p90_ms: Type.Number(),
        history_p50_ms: optionalNumber('Absent without history.'),
        target_ms: Type.Number(),
        share: Type.Number(),
      }),
      { default: [] },
    ),
    bottleneck: Type.Optional(
      Type.Object({
        phase: Type.String(),
        cause: Type.String(),
        excess_ms: Type.Number(),
        explanation: Type.String(),
      }),
    ),
    deployments: Type.Array(
      Type.Object({
        template_revision: Type.String(),
        platform_version: Type.String(),
        first_seen: Type.Optional(time),
        starts: Type.Integer(),
        p50_ms: Type.Number(),
        p90_ms: Type.Number(),
        change: optionalNumber('p50 against the one before; 0.2 is a fifth slower.'),
      }),
      { default: [] },
    ),
    suggestions: Type.Array(suggestionSchema, { default: [] }),
  },
  { title: 'TemplateAnalysis' },
);

export const analysisSchema = Type.Object(
  {
    range: Type.Optional(rangeSchema),
    templates: Type.Array(templateAnalysisSchema, {
      default: [],
      description: 'Largest expected saving first.',
    }),
    changes: Type.Array(
      Type.Object({
        suggestion: Type.Optional(suggestionSchema),
        applied_at: Type.Optional(time),
        before_ms: Type.Optional(Type.Number()),
        after_ms: Type.Optional(Type.Number()),
        realised_saving_ms: Type.Optional(Type.Number()),
      }),
      { default: [], description: 'What was carried out, newest first.' },
    ),
  },
  { title: 'Analysis' },
);
