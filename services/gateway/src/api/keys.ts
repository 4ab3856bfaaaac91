// /api/v1/keys, /projects and /plans: who may use the platform. An admin's alone.
import { ApiKey, Entitlements, Project, priorities } from '@pilotlight/contracts';
import { type Static, Type } from 'typebox';
import { callFrom, messageJson } from './call.ts';
import type { FastifyInstance } from './fastify.ts';
import type { Gateway, Routes } from './gateway.ts';
import { plainText } from './plain-text.ts';

const tags = ['keys'];
const access = 'admin';
const slugPattern = '^[a-z0-9-]{1,32}$';
const time = Type.Optional(Type.String({ format: 'date-time' }));

const keySchema = Type.Object(
  {
    id: Type.String(),
    prefix: Type.String({ description: 'The first 8 characters of the key.' }),
    name: Type.String(),
    project: Type.String(),
    user_id: Type.String({ description: 'Empty where it speaks for every user of the project.' }),
    role: Type.String(),
    active: Type.Boolean(),
    last_used_at: time,
    created_at: time,
  },
  { title: 'ApiKey' },
);

const projectSchema = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    slug: Type.String(),
    plan: Type.String(),
    created_at: time,
  },
  { title: 'Project' },
);

const bound = (description: string) =>
  Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000, description }));

const planBody = Type.Object(
  {
    priority: Type.Optional(
      Type.Enum([...priorities], {
        description: 'What executions get that ask for none, and the most they may ask for.',
      }),
    ),
    concurrent_executions: bound('Sandboxes in use at once by one user; 0: no bound.'),
    queued_executions: bound('Executions of the project without a result; 0: no bound.'),
    requests_per_minute: bound('Calls of one key that run or lease; 0: no bound.'),
    queries_per_minute: bound('Calls of one key that ask what was recorded; 0: no bound.'),
    timeout: bound('Most seconds of an execution; 0: no bound.'),
    memory_limit: bound('Most MB of an execution; 0: no bound.'),
  },
  { additionalProperties: false },
);

const planSchema = Type.Object(
  {
    plan: Type.String(),
    priority: Type.String(),
    concurrent_executions: Type.Integer(),
    queued_executions: Type.Integer(),
    requests_per_minute: Type.Integer(),
    queries_per_minute: Type.Integer(),
    timeout: Type.Integer(),
    memory_limit: Type.Integer(),
  },
  { title: 'Plan', description: 'A number that is 0 sets no bound.' },
);

type KeyJson = Static<typeof keySchema>;
type ProjectJson = Static<typeof projectSchema>;
type PlanJson = Static<typeof planSchema>;

export const keys: Routes = (app, gateway) => {
  apiKeys(app, gateway);
  projects(app, gateway);
  plans(app, gateway);
};

function apiKeys(app: FastifyInstance, { platform }: Gateway): void {
  app.get(
    '/api/v1/keys',
    {
      config: { access },
      schema: {
        ...{ summary: 'All keys, without the keys themselves', tags },
        querystring: Type.Object(
          { project: Type.Optional(Type.String({ pattern: slugPattern })) },
          { additionalProperties: false },
        ),
        response: { 200: Type.Object({ keys: Type.Array(keySchema) }) },
      },
    },
    async (request) => {
      const { project = '' } = request.query;
      const found = await platform.keys.listKeys({ project }, callFrom(request));
      return { keys: found.keys.map((key) => messageJson<ApiKey, KeyJson>(ApiKey, key)) };
    },
  );
  app.post(
    '/api/v1/keys',
    {
      config: { access },
      schema: {
        summary: 'Make a key',
        ...{ description: 'The only answer that holds the key itself.', tags },
        body: Type.Object(
          {
            project: Type.String({ pattern: slugPattern, description: 'Its slug.' }),
            name: Type.Optional(Type.String(plainText(255))),
            user_id: Type.Optional(
              Type.String({ ...plainText(128), description: 'The one user that it speaks for.' }),
            ),
            role: Type.Optional(Type.Enum(['project', 'admin'])),
          },
          { additionalProperties: false },
        ),
        response: {
          201: Type.Object({ key: Type.String(), details: Type.Optional(keySchema) }),
        },
      },
    },
    async (request, reply) => {
      const { project, name = '', user_id: userId = '', role = '' } = request.body;
      const asked = { project, name, userId, role };
      const { key, details } = await platform.keys.createKey(asked, callFrom(request));
      reply.header('Cache-Control', 'no-store');
      return reply.code(201).send({
        key,
        ...(details && { details: messageJson<ApiKey, KeyJson>(ApiKey, details) }),
      });
    },
  );
  app.delete(
    '/api/v1/keys/:id',
    {
      config: { access },
      schema: {
        summary: 'Revoke a key, for good and at once',
        tags,
        params: Type.Object({
          id: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$', description: 'Its id or prefix.' }),
        }),
        response: { 200: keySchema },
      },
    },
    async (request): Promise<KeyJson> => {
      const revoked = await platform.keys.revokeKey({ key: request.params.id }, callFrom(request));
      return messageJson(ApiKey, revoked);
    },
  );
}

function projects(app: FastifyInstance, { platform }: Gateway): void {
  app.get(
    '/api/v1/projects',
    {
      config: { access },
      schema: {
        ...{ summary: 'All projects', tags },
        response: { 200: Type.Object({ projects: Type.Array(projectSchema) }) },
      },
    },
    async (request) => {
      const found = await platform.keys.listProjects({}, callFrom(request));
      return {
        projects: found.projects.map((one) => messageJson<Project, ProjectJson>(Project, one)),
      };
    },
  );
  app.post(
    '/api/v1/projects',
    {
      config: { access },
      schema: {
        ...{ summary: 'Make a project', tags },
        body: Type.Object(
          {
            name: Type.String({ ...plainText(255), minLength: 1 }),
            slug: Type.Optional(
              Type.String({
                pattern: slugPattern,
                description: 'Made from the name unless given.',
              }),
            ),
            plan: Type.Optional(Type.String({ pattern: slugPattern })),
          },
          { additionalProperties: false },
        ),
        response: { 201: projectSchema },
      },
    },
    async (request, reply) => {
      const { name, slug = '', plan = '' } = request.body;
      const made = await platform.keys.createProject({ name, slug, plan }, callFrom(request));
      return reply.code(201).send(messageJson<Project, ProjectJson>(Project, made));
    },
  );
  app.patch(
    '/api/v1/projects/:slug',
    {
      config: { access },
      schema: {
        ...{ summary: 'Put a project on another plan; its keys follow at once', tags },
        params: Type.Object({ slug: Type.String({ pattern: slugPattern }) }),
        body: Type.Object(
          { plan: Type.String({ pattern: slugPattern }) },
          { additionalProperties: false },
        ),
        response: { 200: projectSchema },
      },
    },
    async (request): Promise<ProjectJson> => {
      const asked = { project: request.params.slug, plan: request.body.plan };
      return messageJson(Project, await platform.keys.setProjectPlan(asked, callFrom(request)));
    },
  );
}

function plans(app: FastifyInstance, { platform }: Gateway): void {
  app.get(
    '/api/v1/plans',
    {
      config: { access },
      schema: {
        ...{ summary: 'All plans', tags },
        response: { 200: Type.Object({ plans: Type.Array(planSchema) }) },
      },
    },
    async (request) => {
      const found = await platform.keys.listPlans({}, callFrom(request));
      const all = found.plans.map((one) => messageJson<Entitlements, PlanJson>(Entitlements, one));
      return { plans: all };
    },
  );
  app.put(
    '/api/v1/plans/:plan',
    {
      config: { access },
      schema: {
        ...{ summary: 'Make a plan, or change it for all its projects at once', tags },
        params: Type.Object({ plan: Type.String({ pattern: slugPattern }) }),
        ...{ body: planBody, response: { 200: planSchema } },
      },
    },
    async (request): Promise<PlanJson> => {
      const wanted = Entitlements.fromJSON({ ...request.body, plan: request.params.plan });
      return messageJson(Entitlements, await platform.keys.putPlan(wanted, callFrom(request)));
    },
  );
}
