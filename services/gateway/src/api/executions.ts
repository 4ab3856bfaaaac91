// /api/v1/executions/{id}: how one stands, what it wrote, input for it, and its end.
import { type Execution, type ExecutionInput, invalidFields } from '@pilotlight/contracts';
import { type Static, Type } from 'typebox';
import { outputPage } from '../app/output-page.ts';
import { bytesOf, textOrBase64 } from '../domain/bytes-json.ts';
import { callFrom } from './call.ts';
import type { FastifyInstance } from './fastify.ts';
import type { Gateway, Routes } from './gateway.ts';
import { resultJson, resultSchema, timeJson, timeOrNull } from './result-json.ts';

const tags = ['executions'];

const params = Type.Object({
  id: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$', description: 'The execution_id.' }),
});

const executionSchema = Type.Object(
  {
    execution_id: Type.String(),
    status: Type.String({ description: 'queued, running, or how it ended.' }),
    queued_at: timeOrNull('When it was accepted.'),
    started_at: timeOrNull('Null while it waits.'),
    estimated_wait_ms: Type.Number({ description: 'As the queue is now; 0 once it runs.' }),
    language: Type.String(),
    user_id: Type.String(),
    result: Type.Optional(resultSchema),
  },
  { title: 'Execution' },
);

const chunkSchema = Type.Object({
  seq: Type.Integer({ description: 'Counts up from 1 without gaps.' }),
  stream: Type.String({ description: 'stdout or stderr' }),
  stage: Type.String({ description: 'compile or run' }),
  data: Type.String(),
  encoding: Type.Optional(
    Type.Literal('base64', { description: 'There where these bytes by themselves are no UTF-8.' }),
  ),
});

const outputSchema = Type.Object(
  {
    execution_id: Type.String(),
    attempt: Type.Integer({
      description: 'A later one than before: forget what was read, and begin from 1. 0: none yet.',
    }),
    chunks: Type.Array(chunkSchema),
    next: Type.Integer({ description: 'To ask from the next time.' }),
    complete: Type.Boolean({ description: 'Whether this is the end of it.' }),
  },
  { title: 'Output' },
);

const inputBody = Type.Object(
  {
    data: Type.Optional(Type.String({ description: 'For its standard input.' })),
    encoding: Type.Optional(
      Type.Enum(['utf8', 'base64'], { description: 'Of data; utf8 unless given.' }),
    ),
    signal: Type.Optional(
      Type.String({
        pattern: '^SIG[A-Z0-9]{2,9}$',
        description: 'For its processes, such as SIGINT.',
      }),
    ),
    close: Type.Optional(Type.Boolean({ description: 'No more input will come.' })),
  },
  {
    additionalProperties: false,
    title: 'Input',
    examples: [{ data: 'hello\n' }, { signal: 'SIGINT' }, { close: true }],
  },
);

export const executions: Routes = (app, gateway) => {
  state(app, gateway);
  output(app, gateway);
  input(app, gateway);
};

function state(app: FastifyInstance, { caches, platform }: Gateway): void {
  app.get(
    '/api/v1/executions/:id',
    {
      config: { access: 'key' },
      schema: {
        summary: 'How an execution stands, and its result once it has ended',
        ...{ tags, params, response: { 200: executionSchema } },
      },
    },
    async (request) => {
      const { id: executionId } = request.params;
      const ended = caches.executions.find(request.principal, executionId);
      if (ended !== undefined) return executionJson(ended);
      const call = callFrom(request);
      const execution = await platform.executions.getExecution({ executionId }, call);
      caches.executions.keep(execution);
      return executionJson(execution);
    },
  );
  app.delete(
    '/api/v1/executions/:id',
    {
      config: { access: 'key' },
      schema: {
        summary: 'Cancel an execution',
        description: 'Kills it, or takes it out of the queue. What has ended stays as it is.',
        ...{ tags, params, response: { 200: executionSchema } },
      },
    },
    async (request) => {
      const ref = { executionId: request.params.id };
      return executionJson(await platform.executions.cancelExecution(ref, callFrom(request)));
    },
  );
}

function output(app: FastifyInstance, { platform, clock }: Gateway): void {
  app.get(
    '/api/v1/executions/:id/output',
    {
      config: { access: 'key' },
      schema: {
        summary: 'What an execution has written, page by page',
        description:
          'While it runs and for 15 minutes afterwards. A page holds at most about 256 KiB and does not wait for more to be written.',
        ...{ tags, params },
        querystring: Type.Object(
          {
            from: Type.Optional(
              Type.Integer({ minimum: 0, description: 'First sequence number wanted; 0, 1: all.' }),
            ),
          },
          { additionalProperties: false },
        ),
        response: { 200: outputSchema },
      },
    },
    async (request) => {
      const { id } = request.params;
      const from = Math.max(1, request.query.from ?? 1);
      const deps = { executions: platform.executions, clock };
      const page = await outputPage(deps, { executionId: id, from }, callFrom(request));
      const chunks = page.chunks.map(({ sequence, stream, stage, data }) => {
        const { text, encoding } = textOrBase64(data);
        return { seq: sequence, stream, stage, data: text, ...(encoding && { encoding }) };
      });
      const { attempt, next, complete } = page;
      return { execution_id: id, attempt, chunks, next, complete };
    },
  );
}

function input(app: FastifyInstance, { platform }: Gateway): void {
  app.post(
    '/api/v1/executions/:id/input',
    {
      bodyLimit: 8 * 1024 * 1024,
      config: { access: 'key' },
      schema: {
        summary: 'Input or a signal for an interactive execution',
        description:
          'Answers when it was written, so who waits for each answer has the pieces in order. Of several members data goes first, then the signal, then the end.',
        ...{ tags, params, body: inputBody, response: { 204: Type.Null() } },
      },
    },
    async (request, reply) => {
      const pieces = piecesOf(request.body);
      if (pieces.length === 0) {
        throw invalidFields([
          { field: 'data', problem: 'one of data, signal and close is needed' },
        ]);
      }
      const executionId = request.params.id;
      for (const piece of pieces) {
        await platform.executions.sendInput({ executionId, input: piece }, callFrom(request));
      }
      return reply.code(204).send(null);
    },
  );
}

function piecesOf(body: Static<typeof inputBody>): NonNullable<ExecutionInput['input']>[] {
  const { data, encoding, signal, close } = body;
  return [
    ...(data === undefined ? [] : [{ $case: 'data' as const, data: bytesOf(data, encoding) }]),
    ...(signal === undefined ? [] : [{ $case: 'signal' as const, signal }]),
    ...(close === true ? [{ $case: 'closed' as const, closed: true }] : []),
  ];
}

function executionJson(execution: Execution): Static<typeof executionSchema> {
  const { executionId, status, result, queuedAt, startedAt } = execution;
  return {
    execution_id: executionId,
    status,
    queued_at: timeJson(queuedAt ?? result?.queuedAt),
    started_at: timeJson(startedAt ?? result?.startedAt),
    estimated_wait_ms: execution.estimatedWaitMs,
    language: execution.language || (result?.language ?? ''),
    user_id: execution.userId || (result?.userId ?? ''),
    ...(result && { result: resultJson(result) }),
  };
}
