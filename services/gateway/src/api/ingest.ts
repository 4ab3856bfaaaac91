// POST /api/v1/ingest and /api/v1/ingest/batch (seed 001): what serverless functions report of their starts.
// An answer of 200 means that it is on disk.
import { randomUUID } from 'node:crypto';
import { type FieldError, PlatformError } from '@pilotlight/contracts';
import type { FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import { reportInvocations } from '../app/report-invocations.ts';
import { type Checked, checkInvocation, type Receipt } from '../domain/check-invocation.ts';
import { isMembers } from '../domain/reported-fields.ts';
import { readBodiesAsData, refuseInSeedWords } from './analyzer-routes.ts';
import type { FastifyInstance } from './fastify.ts';
import type { Gateway, Routes } from './gateway.ts';
import {
  batchSchema,
  batchTakenSchema,
  invocationSchema,
  mostInvocations,
  takenSchema,
} from './ingest-json.ts';

const tags = ['functions'];
const mebibyte = 1024 * 1024;
/** 10,000 modules with their details. */
const singleBodyLimit = 4 * mebibyte;
/** A hundred cold starts with 500 modules each. */
const batchBodyLimit = 16 * mebibyte;
/** The checks of schemas are too slow for these bodies, and know no bounds that cut. */
const checkedByHandler = {
  config: { access: 'request', body: 'checked_by_handler' },
  validatorCompiler: () => () => true,
} as const;

export const ingest: Routes = async (app, gateway) => {
  await app.register(async (scope: FastifyInstance) => {
    refuseInSeedWords(scope);
    readBodiesAsData(scope);
    single(scope, gateway);
    batch(scope, gateway);
  });
};

function single(app: FastifyInstance, { bus, clock }: Gateway): void {
  app.post(
    '/api/v1/ingest',
    {
      ...checkedByHandler,
      bodyLimit: singleBodyLimit,
      schema: {
        summary: 'Take in one invocation of a serverless function',
        description:
          'Answered when it is stored for good. The same invocation again changes nothing. 503 where it cannot be stored: try again after Retry-After, or drop it.',
        ...{ tags, body: invocationSchema, response: { 200: takenSchema } },
      },
    },
    async (request) => {
      const receipt = receiptOf(request, clock.now());
      const checked = checkInvocation(request.body, '', receipt);
      if (checked.kind === 'refused') throw validationError(checked.problems);
      const { invocation } = checked;
      await reportInvocations(bus, {
        ...receipt,
        invocations: [invocation],
        request: request.bodyText,
      });
      return { status: 'ok' as const, invocation_id: invocation.invocationId || invocation.id };
    },
  );
}

function batch(app: FastifyInstance, { bus, clock }: Gateway): void {
  app.post(
    '/api/v1/ingest/batch',
    {
      ...checkedByHandler,
      bodyLimit: batchBodyLimit,
      schema: {
        summary: `Take in up to ${mostInvocations} invocations`,
        description:
          'Counts as one call. What is wrong with one of them is told and keeps none of the others out; 400 where all are refused.',
        ...{ tags, body: batchSchema, response: { 200: batchTakenSchema } },
      },
    },
    async (request): Promise<Static<typeof batchTakenSchema>> => {
      const receipt = receiptOf(request, clock.now());
      const checked = invocationsOf(request.body).map((given, index) =>
        checkInvocation(given, `invocations[${index}]`, receipt),
      );
      const invocations = checked.flatMap((one) => (one.kind === 'taken' ? one.invocation : []));
      if (invocations.length === 0) throw validationError(allProblems(checked));
      await reportInvocations(bus, { ...receipt, invocations, request: request.bodyText });
      const failed = checked.length - invocations.length;
      const answer = { status: 'ok' as const, processed: invocations.length, failed };
      return failed === 0 ? answer : { ...answer, errors: refusalsOf(checked) };
    },
  );
}

function receiptOf({ principal }: FastifyRequest, receivedAt: Date): Receipt {
  return { project: principal.project, receivedAt, newId: randomUUID };
}

/** The elements of a batch, whatever they are. Throws where there are none, or too many. */
function invocationsOf(body: unknown): readonly unknown[] {
  const field = 'invocations';
  const list = isMembers(body) ? (body[field] ?? undefined) : undefined;
  if (list === undefined) throw validationError([{ field, problem: 'is needed' }]);
  if (!Array.isArray(list)) throw validationError([{ field, problem: 'must be a list' }]);
  if (list.length >= 1 && list.length <= mostInvocations) return list;
  throw validationError([{ field, problem: `must have 1 to ${mostInvocations} elements` }]);
}

/** In the seed's words; the fields say the rest. */
function validationError(details: readonly FieldError[]): PlatformError {
  return new PlatformError('invalid_argument', 'Validation error', { details });
}

function allProblems(checked: readonly Checked[]): FieldError[] {
  return checked.flatMap((one) => (one.kind === 'refused' ? one.problems : []));
}

function refusalsOf(checked: readonly Checked[]) {
  return checked.flatMap((one, index) =>
    one.kind === 'refused'
      ? {
          ...{ index, invocation_id: one.invocationId || null },
          errors: one.problems.map(({ field, problem }) => ({ field, problem })),
        }
      : [],
  );
}
