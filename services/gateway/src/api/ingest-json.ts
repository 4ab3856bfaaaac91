// What functions report, as JSON (seed 001, "Ingest Telemetry Data"). The schemas of bodies only describe:
// domain/check-invocation.ts checks.
import { Type } from 'typebox';
import { mostCharacters, oldestDays } from '../domain/check-invocation.ts';
import { mostModules, otherModules } from '../domain/module-bounds.ts';
import { mostMilliseconds } from '../domain/reported-fields.ts';

/** Of one batch (seed 001, "Rate Limiting", counts it once). */
export const mostInvocations = 100;

const optionalText = (maxLength: number, description: string) =>
  Type.Optional(Type.Union([Type.String({ maxLength }), Type.Null()], { description }));
const milliseconds = (description: string) =>
  Type.Number({ minimum: 0, maximum: mostMilliseconds, description });
const optionalNumber = (maximum: number, description?: string) =>
  Type.Optional(
    Type.Union([Type.Number({ minimum: 0, maximum }), Type.Null()], {
      ...(description !== undefined && { description }),
    }),
  );

const invocationExample = {
  ...{ function_name: 'payment-service', invocation_id: 'abc-123-def', request_id: 'req-456' },
  ...{ timestamp: '2026-01-02T10:30:00Z', cold_start: true },
  ...{ init_duration_ms: 2850, execution_duration_ms: 145, billed_duration_ms: 3000 },
  ...{ memory_used_mb: 180, memory_allocated_mb: 512 },
  module_timings: { 'aws-sdk': 850, '@prisma/client': 680, './src/handlers/payment': 45 },
  ...{ runtime_version: 'nodejs18.x', architecture: 'x86_64' },
};

const moduleDetailSchema = Type.Object(
  {
    module: Type.String({ description: 'Its name, as in module_timings.' }),
    self_ms: milliseconds('Without what it loaded itself.'),
    total_ms: optionalNumber(mostMilliseconds, 'With what it loaded itself.'),
    path: optionalText(4_096, "Its file, from the function's folder."),
    parent: optionalText(4_096, "Which module loaded it first; empty: the function's own entry."),
    version: optionalText(4_096, 'Of its package.'),
    files: optionalNumber(1_000_000, 'How many files of its package were loaded with it.'),
    used: Type.Optional(
      Type.Union([Type.Boolean(), Type.Null()], {
        description: 'Whether the first call ran code of it.',
      }),
    ),
  },
  { title: 'ModuleDetail' },
);

export const invocationSchema = Type.Object(
  {
    function_name: Type.String({ minLength: 1, maxLength: mostCharacters.name }),
    invocation_id: optionalText(
      mostCharacters.name,
      'By this, the function and the time a report that comes twice is one row.',
    ),
    request_id: optionalText(mostCharacters.name, 'Of the call of the function.'),
    timestamp: Type.String({
      format: 'date-time',
      description: `Not older than ${oldestDays} days. One that is ahead by more than 5 minutes becomes the time of receipt.`,
    }),
    cold_start: Type.Boolean(),
    init_duration_ms: optionalNumber(mostMilliseconds, 'Of a cold start.'),
    execution_duration_ms: milliseconds('Rounded, as are all durations but those of modules.'),
    billed_duration_ms: optionalNumber(mostMilliseconds),
    memory_used_mb: optionalNumber(1_048_576),
    memory_allocated_mb: optionalNumber(1_048_576),
    module_timings: Type.Optional(
      Type.Union(
        [
          Type.Record(Type.String(), Type.Number({ minimum: 0, maximum: mostMilliseconds })),
          Type.Null(),
        ],
        {
          description: `Milliseconds by module, with what each loaded itself. Of more than ${mostModules} the longest are kept, and the sum of the rest as "${otherModules}".`,
        },
      ),
    ),
    module_details: Type.Optional(
      Type.Union([Type.Array(moduleDetailSchema), Type.Null()], {
        description: `Of more than ${mostModules} those with the longest self time are kept.`,
      }),
    ),
    runtime_version: optionalText(mostCharacters.runtimeVersion, 'Such as nodejs22.x.'),
    architecture: optionalText(mostCharacters.architecture, 'x86_64 or arm64.'),
    region: optionalText(mostCharacters.region, 'Such as us-east-1.'),
  },
  {
    ...{ title: 'Invocation', description: 'Members that are not known here are left out.' },
    examples: [invocationExample],
  },
);

export const batchSchema = Type.Object(
  {
    invocations: Type.Array(invocationSchema, { minItems: 1, maxItems: mostInvocations }),
  },
  { title: 'Invocations', examples: [{ invocations: [invocationExample] }] },
);

export const takenSchema = Type.Object(
  {
    status: Type.Literal('ok'),
    invocation_id: Type.String({ description: 'As given; made here where none was.' }),
  },
  { title: 'Taken' },
);

const fieldErrors = Type.Array(
  Type.Object({ field: Type.String(), problem: Type.String() }, { title: 'FieldError' }),
);

export const batchTakenSchema = Type.Object(
  {
    status: Type.Literal('ok'),
    processed: Type.Integer(),
    failed: Type.Integer(),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          index: Type.Integer({ description: 'In the batch, from 0.' }),
          invocation_id: Type.Union([Type.String(), Type.Null()]),
          errors: fieldErrors,
        }),
        { description: 'What was refused, and why; absent where nothing was.' },
      ),
    ),
  },
  { title: 'BatchTaken' },
);
