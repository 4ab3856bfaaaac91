// POST /api/v1/execute (seed 003, section 3.2) and its batch.
import { createHash } from 'node:crypto';
import { limits, PlatformError } from '@pilotlight/contracts';
import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { type NamedSchema, nameBySchema } from './body-names.ts';
import { callFrom } from './call.ts';
import { errorSchema, httpErrorFrom } from './errors.ts';
import { type ExecuteBody, executeBody } from './execute-body.ts';
import type { FastifyInstance } from './fastify.ts';
import { invalidBody } from './field-errors.ts';
import type { Gateway, Routes } from './gateway.ts';
import { idempotencyKeyOf } from './idempotency.ts';
import { inTurn } from './in-turn.ts';
import { resultSchema } from './result-json.ts';
import { acceptedSchema, longestWaitMs, type RunCodeDeps, runCode } from './run-code.ts';

const tags = ['executions'];
const mebibyte = 1024 * 1024;

/** Source and input of the greatest size, each escaped to at most twice its size, and what is around it. */
const bodyLimit = 2 * (limits.maxSourceBytes + limits.maxStdinBytes) + mebibyte;
const batchBodyLimit = 16 * mebibyte;
const mostItems = 100;
/** Of a batch, at once. */
const concurrency = 32;

const waitQuery = Type.Object(
  {
    wait: Type.Optional(
      Type.Boolean({
        description: `Answer when it has ended, with its result; if that takes longer than ${longestWaitMs / 1_000} s, as without.`,
      }),
    ),
  },
  { additionalProperties: false },
);

const itemSchema = Type.Object({
  status: Type.Integer({ description: 'As POST /api/v1/execute would have answered this item.' }),
  body: Type.Union([acceptedSchema, resultSchema, errorSchema]),
});

type ItemJson = Static<typeof itemSchema>;

export const execute: Routes = (app, gateway) => {
  const { caches, clock, platform, results } = gateway;
  const { executions } = platform;
  const deps: RunCodeDeps = { executions, results, clock, cache: caches.results };
  single(app, deps);
  batch(app, deps, gateway);
};

function single(app: FastifyInstance, deps: RunCodeDeps): void {
  app.post(
    '/api/v1/execute',
    {
      bodyLimit,
      config: { access: 'request', idempotency: 'native' },
      schema: {
        summary: 'Run code',
        description:
          'Puts it into the queue and answers at once, or with `?wait=true` when it has ended. Going away while waiting does not cancel it. With an Idempotency-Key the same request is the same execution.',
        ...{ tags, querystring: waitQuery, body: executeBody },
        response: { 200: resultSchema, 202: acceptedSchema },
      },
    },
    async (request, reply) => {
      const wanted = {
        body: request.body,
        idempotencyKey: idempotencyKeyOf(request) ?? '',
        waitMs: request.query.wait === true ? longestWaitMs : 0,
      };
      const { status, body } = await runCode(deps, wanted, callFrom(request));
      if (status === 202) reply.header('Location', `/api/v1/executions/${body.execution_id}`);
      return reply.code(status).send(body);
    },
  );
}

function batch(app: FastifyInstance, deps: RunCodeDeps, gateway: Gateway): void {
  app.post(
    '/api/v1/execute/batch',
    {
      bodyLimit: batchBodyLimit,
      config: { access: 'request', idempotency: 'native' },
      schema: {
        summary: 'Run up to 100 programs',
        description:
          'Each item is a body of POST /api/v1/execute, checked, counted and answered by itself, in the order given. An Idempotency-Key counts for each item by its place.',
        ...{ tags, querystring: waitQuery },
        body: Type.Object(
          { items: Type.Array(Type.Unknown(), { minItems: 1, maxItems: mostItems }) },
          {
            ...{ additionalProperties: false, title: 'Batch' },
            examples: [{ items: [{ language: 'python', code: 'print(1)' }] }],
          },
        ),
        response: { 200: Type.Object({ items: Type.Array(itemSchema) }, { title: 'Answers' }) },
      },
    },
    async (request) => {
      const untilMs = gateway.clock.monotonicMs() + longestWaitMs;
      const answer = async (item: unknown, index: number): Promise<ItemJson> => {
        try {
          const body = checkedItem(request, item);
          if (index > 0) await countItem(gateway, request);
          const left = Math.max(1, untilMs - gateway.clock.monotonicMs());
          const waitMs = request.query.wait === true ? left : 0;
          const idempotencyKey = keyOfItem(idempotencyKeyOf(request), index);
          return await runCode(deps, { body, idempotencyKey, waitMs }, callFrom(request));
        } catch (thrown) {
          return failedItem(gateway, request, thrown);
        }
      };
      return { items: await inTurn(request.body.items, concurrency, answer) };
    },
  );
}

function checkedItem(request: FastifyRequest, item: unknown): ExecuteBody {
  const names = nameBySchema(item, executeBody as NamedSchema);
  const validate = request.compileValidationSchema(executeBody);
  if (validate(item) !== true || names.problems.length > 0) {
    throw invalidBody(validate.errors ?? [], names);
  }
  return item as ExecuteBody;
}

/** The first item is the request itself, which is counted already. */
async function countItem({ rates }: Gateway, { principal }: FastifyRequest): Promise<void> {
  const { allowed, limit, resetMs } = await rates.count(principal, 'request');
  if (allowed) return;
  throw new PlatformError(
    'resource_exhausted',
    `This key may make ${limit} such calls in a minute.`,
    { retry: { kind: 'after', ms: resetMs } },
  );
}

function failedItem(
  { clock, logger }: Gateway,
  request: FastifyRequest,
  thrown: unknown,
): ItemJson {
  request.callSignal.throwIfAborted();
  const error = PlatformError.from(thrown);
  if (error.code === 'internal') logger.error({ err: error.cause ?? error }, 'batch item failed');
  const { status, body } = httpErrorFrom(error, clock.now());
  return { status, body };
}

function keyOfItem(key: string | undefined, index: number): string {
  if (key === undefined) return '';
  return createHash('sha256').update(`${index}\n${key}`).digest('hex');
}
