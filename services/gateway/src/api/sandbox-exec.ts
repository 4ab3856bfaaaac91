// POST /api/v1/sandboxes/{id}/exec: one command, answered whole or as server-sent events.
import { Readable } from 'node:stream';
import {
  type ExecStart,
  invalidFields,
  type LeaseRef,
  limits,
  PlatformError,
} from '@pilotlight/contracts';
import type { FastifyReply } from 'fastify';
import { type Static, Type } from 'typebox';
import { callFrom } from './call.ts';
import { type CommandOutcome, commandEvents, exitJson, outcomeOf, requestsOf } from './command.ts';
import { httpErrorFrom } from './errors.ts';
import type { Routes } from './gateway.ts';
import { bytesGiven } from './given-files.ts';
import { leaseHeaders, leaseOf, sandboxParams } from './lease.ts';
import { textOrNull } from './result-json.ts';

const body = Type.Object(
  {
    argv: Type.Optional(
      Type.Array(Type.String(), {
        minItems: 1,
        maxItems: limits.maxArgs,
        description: 'Or command.',
      }),
    ),
    command: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: limits.maxArgsBytes,
        description: 'A line for the shell (sh -c), in place of argv.',
      }),
    ),
    env: Type.Optional(Type.Record(Type.String(), Type.String())),
    cwd: Type.Optional(
      Type.String({ maxLength: 4_096, pattern: '^/', description: '/workspace unless given.' }),
    ),
    timeout_seconds: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: limits.leaseTtlSeconds.max,
        description: 'Kills the command; 0 means as long as the lease lives.',
      }),
    ),
    stdin: Type.Optional(Type.String({ description: 'All of its standard input.' })),
    stdin_encoding: Type.Optional(Type.Enum(['utf8', 'base64'])),
  },
  { additionalProperties: false },
);

const encoding = Type.Optional(
  Type.Literal('base64', { description: 'There where the bytes are no UTF-8.' }),
);

const outcomeSchema = Type.Object(
  {
    exit_code: Type.Integer({ description: '0 to 255; -1 where it did not end by itself.' }),
    signal: textOrNull('Such as SIGSEGV; null where none ended it.'),
    timed_out: Type.Boolean(),
    stdout: Type.String({ description: 'The first MiB.' }),
    stdout_encoding: encoding,
    stdout_truncated: Type.Boolean(),
    stderr: Type.String({ description: 'The first MiB.' }),
    stderr_encoding: encoding,
    stderr_truncated: Type.Boolean(),
  },
  { title: 'CommandOutcome' },
);

const querystring = Type.Object(
  {
    stream: Type.Optional(
      Type.Boolean({
        description: 'Server-sent events: output as it comes, then exit. Accept can say it, too.',
      }),
    ),
  },
  { additionalProperties: false },
);

export const sandboxExec: Routes = (app, { platform, clock }) => {
  app.post(
    '/api/v1/sandboxes/:id/exec',
    {
      bodyLimit: 2 * limits.maxStdinBytes,
      config: { access: 'request' },
      schema: {
        summary: 'Run a command to its end',
        description: 'A command that fails is an outcome, not an error.',
        ...{ tags: ['sandboxes'], params: sandboxParams, headers: leaseHeaders, body, querystring },
        response: {
          200: {
            description: 'How it ended, or events: output {stream, data, encoding?}, exit, error.',
            content: {
              'application/json': { schema: outcomeSchema },
              'text/event-stream': { schema: Type.String() },
            },
          },
        },
      },
    },
    async (request, reply) => {
      const lease = leaseOf(request);
      const call = callFrom(request);
      const start = startOf(lease, request.body);
      const { stdin = '', stdin_encoding: given } = request.body;
      const input = requestsOf(start, bytesGiven('stdin', stdin, given));
      if (!wantsEvents(request.query.stream, request.headers.accept)) {
        return outcomeJson(await outcomeOf(platform.sandboxes.exec(input, call)));
      }
      // So that a lease that is none is told by the status.
      await platform.sandboxes.getSandbox(lease, call);
      const explain = (thrown: unknown) =>
        httpErrorFrom(PlatformError.from(thrown), clock.now()).body;
      const events = commandEvents(platform.sandboxes.exec(input, call), explain);
      return sendEvents(reply, events);
    },
  );
};

function sendEvents(reply: FastifyReply, events: AsyncIterable<string>): FastifyReply {
  reply.header('Cache-Control', 'no-store').type('text/event-stream; charset=utf-8');
  return reply.send(Readable.from(events, { objectMode: false }));
}

function wantsEvents(stream: boolean | undefined, accept: string | undefined): boolean {
  return stream ?? accept?.includes('text/event-stream') ?? false;
}

function startOf(lease: LeaseRef, body_: Static<typeof body>): ExecStart {
  const { argv, command, env = {}, cwd = '', timeout_seconds: timeoutSeconds = 0 } = body_;
  if ((argv === undefined) === (command === undefined)) {
    const which = argv === undefined ? 'one of them is needed' : 'not both';
    throw invalidFields([{ field: 'argv', problem: `either argv or command: ${which}` }]);
  }
  return { lease, argv: argv ?? ['sh', '-c', command ?? ''], env, cwd, timeoutSeconds };
}

function outcomeJson({ exit, stdout, stderr }: CommandOutcome): Static<typeof outcomeSchema> {
  const [out, err] = [stdout.text(), stderr.text()];
  return {
    ...exitJson(exit),
    stdout: out.text,
    ...(out.encoding && { stdout_encoding: out.encoding }),
    stdout_truncated: stdout.isTruncated,
    stderr: err.text,
    ...(err.encoding && { stderr_encoding: err.encoding }),
    stderr_truncated: stderr.isTruncated,
  };
}
