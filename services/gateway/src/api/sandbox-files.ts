// Files of a leased sandbox, in and out. Which paths may be named is the platform's to say: the gateway
// looks at none, and unpacks nothing.
import { Readable } from 'node:stream';
import {
  FileEntry,
  invalidFields,
  type LeaseRef,
  limits,
  type SourceFile,
  tarEnd,
  tarHeader,
  tarPadding,
  type WriteFilesRequest,
} from '@pilotlight/contracts';
import type { FastifyReply } from 'fastify';
import { type Static, Type } from 'typebox';
import { callFrom, messageJson } from './call.ts';
import type { FastifyInstance } from './fastify.ts';
import type { Gateway, Routes } from './gateway.ts';
import { filesFrom, givenFile } from './given-files.ts';
import { leaseHeaders, leaseOf, sandboxParams } from './lease.ts';
import { fileEntrySchema } from './sandbox-json.ts';

const tags = ['sandboxes'];
const archiveType = 'application/x-tar';

const filePath = Type.String({
  minLength: 1,
  maxLength: 4_096,
  description: 'Absolute, or relative to /workspace.',
});

const filesBody = Type.Object(
  { files: Type.Array(givenFile, { minItems: 1, maxItems: limits.maxFiles }) },
  { additionalProperties: false },
);

export const sandboxFiles: Routes = async (app, gateway) => {
  list(app, gateway);
  read(app, gateway);
  // By itself, so that no other call takes archives.
  await app.register((own, _options, done) => {
    write(own, gateway);
    done();
  });
};

function write(app: FastifyInstance, { platform }: Gateway): void {
  // Handed on as it comes, so that its size is bounded by the platform alone and its pace by the sandbox.
  app.addContentTypeParser(archiveType, (_request, payload, done) => done(null, payload));
  app.put(
    '/api/v1/sandboxes/:id/files',
    {
      config: { access: 'key' },
      schema: {
        summary: 'Write files: a tar archive, or a list',
        description:
          'All of it is checked first; where anything is refused nothing is written. An archive may hold regular files and folders.',
        ...{ tags, params: sandboxParams, headers: leaseHeaders },
        querystring: Type.Object(
          {
            path: Type.Optional(
              Type.String({
                maxLength: limits.maxPathBytes,
                description:
                  'The folder to write in, relative to /workspace, which it is unless given.',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        body: {
          content: {
            'application/json': { schema: filesBody },
            [archiveType]: { schema: Type.Any() },
          },
        },
        response: {
          200: Type.Object({ files: Type.Integer(), bytes: Type.Integer() }, { title: 'Written' }),
        },
      },
    },
    async (request) => {
      const given: unknown = request.body;
      const archive =
        given instanceof Readable
          ? given
          : archiveOf(filesFrom((given as Static<typeof filesBody>).files), new Date());
      const target = { lease: leaseOf(request), path: request.query.path ?? '' };
      return platform.sandboxes.writeFiles(upload(target, archive), callFrom(request));
    },
  );
}

async function* upload(
  start: { readonly lease: LeaseRef; readonly path: string },
  archive: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<WriteFilesRequest> {
  yield { message: { $case: 'start', start } };
  for await (const piece of archive) yield { message: { $case: 'archive', archive: piece } };
}

function* archiveOf(files: readonly SourceFile[], modifiedAt: Date): Generator<Uint8Array> {
  for (const [index, { path, content }] of files.entries()) {
    // The only thing wrong with a path that an archive could not tell.
    if (path.includes('\0')) {
      throw invalidFields([{ field: `files[${index}].path`, problem: 'must not contain NUL' }]);
    }
    yield tarHeader({ path, kind: 'file', sizeBytes: content.length, mode: 0o644, modifiedAt });
    yield content;
    yield tarPadding(content.length);
  }
  yield tarEnd;
}

function list(app: FastifyInstance, { platform }: Gateway): void {
  app.get(
    '/api/v1/sandboxes/:id/files',
    {
      config: { access: 'key' },
      schema: {
        summary: 'What is in a folder, sorted by path',
        ...{ tags, params: sandboxParams, headers: leaseHeaders },
        querystring: Type.Object(
          {
            path: Type.Optional({ ...filePath, description: '/workspace unless given.' }),
            recursive: Type.Optional(
              Type.Boolean({
                description: 'With all that is below, at most 10,000.',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object({ entries: Type.Array(fileEntrySchema), truncated: Type.Boolean() }),
        },
      },
    },
    async (request) => {
      const { path = '', recursive = false } = request.query;
      const asked = { lease: leaseOf(request), path, recursive };
      const found = await platform.sandboxes.listFiles(asked, callFrom(request));
      const entries: Static<typeof fileEntrySchema>[] = found.entries.map((entry) =>
        messageJson(FileEntry, entry),
      );
      return { entries, truncated: found.truncated };
    },
  );
}

function read(app: FastifyInstance, { platform }: Gateway): void {
  app.get(
    '/api/v1/sandboxes/:id/files/content',
    {
      config: { access: 'key' },
      schema: {
        summary: 'The content of one regular file',
        ...{ tags, params: sandboxParams, headers: leaseHeaders },
        querystring: Type.Object({ path: filePath }, { additionalProperties: false }),
        response: {
          200: {
            description: 'Its bytes.',
            content: {
              'application/octet-stream': { schema: Type.String({ format: 'binary' }) },
            },
          },
        },
      },
    },
    async (request, reply) => {
      const { path } = request.query;
      const pieces = platform.sandboxes
        .readFile({ lease: leaseOf(request), path }, callFrom(request))
        [Symbol.asyncIterator]();
      // Before the status is sent, so that a refusal is one.
      const first = await pieces.next();
      async function* content() {
        for (let next = first; next.done !== true; next = await pieces.next()) {
          if (next.value.data.length > 0) yield next.value.data;
        }
      }
      return attach(reply, path).send(Readable.from(content(), { objectMode: false }));
    },
  );
}

/** To be saved and never shown: what a program wrote must not run as a page of this origin. */
function attach(reply: FastifyReply, path: string): FastifyReply {
  const name = encodeURIComponent(path.split('/').at(-1) ?? '').replaceAll("'", '%27');
  return reply
    .type('application/octet-stream')
    .header('Content-Disposition', `attachment; filename*=UTF-8''${name}`)
    .header('X-Content-Type-Options', 'nosniff')
    .header('Cache-Control', 'no-store');
}
