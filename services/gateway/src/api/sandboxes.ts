// /api/v1/sandboxes: leases, from acquire to release.
import { AcquireSandboxRequest, Lease, limits, Sandbox } from '@pilotlight/contracts';
import { type Static, Type } from 'typebox';
import { callFrom, messageJson } from './call.ts';
import type { FastifyInstance } from './fastify.ts';
import type { Gateway, Routes } from './gateway.ts';
import { filesFrom, givenFile } from './given-files.ts';
import { idempotencyKeyOf } from './idempotency.ts';
import { leaseHeaders, leaseOf, sandboxParams } from './lease.ts';
import { plainText } from './plain-text.ts';
import { leaseSchema, sandboxSchema } from './sandbox-json.ts';

const tags = ['sandboxes'];

const seconds = ({ max, default: usual }: limits.Bounds, description: string) =>
  Type.Optional(
    Type.Integer({ minimum: 0, maximum: max, description: `${description} ${usual}.` }),
  );

const acquireBody = Type.Object(
  {
    template: Type.String({
      maxLength: 64,
      description: 'A name that /api/v1/pools knows, or a language or alias of one.',
    }),
    user_id: Type.Optional(
      Type.String({ ...plainText(128), description: "The key's own unless given." }),
    ),
    version: Type.Optional(
      Type.String({ maxLength: 64, description: 'Exact, the beginning of one, or a range.' }),
    ),
    limits: Type.Optional(
      Type.Object(
        {
          memory_mb: Type.Optional(Type.Integer({ minimum: 0, maximum: limits.leaseMemoryMb.max })),
          cpus: Type.Optional(Type.Number({ minimum: 0, maximum: limits.cpus.max })),
          pids: Type.Optional(Type.Integer({ minimum: 0, maximum: limits.pids.max })),
        },
        { additionalProperties: false, description: "The template's unless given." },
      ),
    ),
    ttl_seconds: seconds(limits.leaseTtlSeconds, 'Most the lease may last; 0 means'),
    idle_timeout_seconds: seconds(
      limits.leaseIdleSeconds,
      'Ends the lease when no call was made for so long; 0 means',
    ),
    env: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        description: 'Added to the environment of every command of this lease.',
      }),
    ),
    files: Type.Optional(
      Type.Array(givenFile, {
        maxItems: limits.maxFiles,
        description: 'Written below /workspace before the lease is answered.',
      }),
    ),
    network: Type.Optional(
      Type.Enum(['none', 'egress'], { description: "The template's unless given." }),
    ),
    s3_bucket: Type.Optional(Type.String({ ...plainText(256), description: 'Recorded only.' })),
  },
  { additionalProperties: false },
);

export const sandboxes: Routes = (app, gateway) => {
  acquire(app, gateway);
  list(app, gateway);
  hold(app, gateway);
  install(app, gateway);
};

function acquire(app: FastifyInstance, { platform }: Gateway): void {
  app.post(
    '/api/v1/sandboxes',
    {
      config: { access: 'request', idempotency: 'native' },
      schema: {
        summary: 'Lease a sandbox, warm where there is one',
        description:
          'Waits up to 30 s for capacity, then answers 429. With an Idempotency-Key the same request of the same user is the same lease, as long as that lives.',
        tags,
        body: acquireBody,
        response: { 201: leaseSchema },
      },
    },
    async (request, reply) => {
      const wanted = acquireRequest(request.body, idempotencyKeyOf(request) ?? '');
      const lease = await platform.sandboxes.acquireSandbox(wanted, callFrom(request));
      reply.header('Location', `/api/v1/sandboxes/${lease.sandboxId}`);
      // The token is a secret.
      reply.header('Cache-Control', 'no-store');
      return reply.code(201).send(messageJson(Lease, lease));
    },
  );
}

function acquireRequest(
  body: Static<typeof acquireBody>,
  idempotencyKey: string,
): AcquireSandboxRequest {
  const { limits: asked } = body;
  return AcquireSandboxRequest.fromPartial({
    template: body.template,
    userId: body.user_id ?? '',
    s3Bucket: body.s3_bucket ?? '',
    idempotencyKey,
    ...(asked && {
      limits: { memoryMb: asked.memory_mb ?? 0, cpus: asked.cpus ?? 0, pids: asked.pids ?? 0 },
    }),
    ttlSeconds: body.ttl_seconds ?? 0,
    idleTimeoutSeconds: body.idle_timeout_seconds ?? 0,
    env: body.env ?? {},
    files: filesFrom(body.files ?? []),
    network: body.network ?? '',
    version: body.version ?? '',
  });
}

function list(app: FastifyInstance, { platform }: Gateway): void {
  app.get(
    '/api/v1/sandboxes',
    {
      config: { access: 'key' },
      schema: {
        summary: 'Sandboxes, without their tokens',
        description: "An admin's key sees all of every node; others those of their project.",
        tags,
        querystring: Type.Object(
          {
            template: Type.Optional(
              Type.String({ maxLength: 64, description: 'All unless given.' }),
            ),
          },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object({ sandboxes: Type.Array(sandboxSchema) }),
        },
      },
    },
    async (request) => {
      const { template = '' } = request.query;
      const found = await platform.sandboxes.listSandboxes({ template }, callFrom(request));
      const all: Static<typeof sandboxSchema>[] = found.sandboxes.map((sandbox) =>
        messageJson(Sandbox, sandbox),
      );
      return { sandboxes: all };
    },
  );
}

/** Calls that take a lease and answer with its sandbox. */
const heldCalls = [
  ['GET', '', 'getSandbox', 'One leased sandbox'],
  ['POST', '/keep-alive', 'keepAlive', "Move the lease's idle deadline"],
  ['POST', '/pause', 'pauseSandbox', 'Freeze every process; deadlines go on running'],
  ['POST', '/resume', 'resumeSandbox', 'Wake what was paused or hibernated'],
  ['POST', '/hibernate', 'hibernateSandbox', 'Freeze it and give its memory back to the host'],
] as const;

function hold(app: FastifyInstance, { platform }: Gateway): void {
  for (const [method, path, call, summary] of heldCalls) {
    app.route({
      method,
      url: `/api/v1/sandboxes/:id${path}`,
      config: { access: 'key' },
      schema: {
        ...{ summary, tags, params: sandboxParams, headers: leaseHeaders },
        response: { 200: sandboxSchema },
      },
      handler: async (request) => {
        const sandbox = await platform.sandboxes[call](leaseOf(request), callFrom(request));
        return messageJson<Sandbox, Static<typeof sandboxSchema>>(Sandbox, sandbox);
      },
    });
  }
  app.delete(
    '/api/v1/sandboxes/:id',
    {
      config: { access: 'key' },
      schema: {
        summary: 'Release the lease: its sandbox is destroyed',
        description: 'A second release is a success.',
        ...{ tags, params: sandboxParams, headers: leaseHeaders },
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await platform.sandboxes.releaseSandbox(leaseOf(request), callFrom(request));
      return reply.code(204).send(null);
    },
  );
}

function install(app: FastifyInstance, { platform }: Gateway): void {
  app.post(
    '/api/v1/sandboxes/:id/packages',
    {
      config: { access: 'key' },
      schema: {
        summary: 'Install packages that the template names',
        ...{ tags, params: sandboxParams, headers: leaseHeaders },
        body: Type.Object(
          {
            packages: Type.Array(Type.String({ minLength: 1, maxLength: 214 }), {
              minItems: 1,
              maxItems: 100,
            }),
          },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object({
            installed: Type.Array(Type.String(), {
              description: 'Those that were not there before.',
            }),
            duration_ms: Type.Number(),
          }),
        },
      },
    },
    async (request) => {
      const { installed, durationMs } = await platform.sandboxes.installPackages(
        { lease: leaseOf(request), packages: request.body.packages },
        callFrom(request),
      );
      return { installed, duration_ms: durationMs };
    },
  );
}
