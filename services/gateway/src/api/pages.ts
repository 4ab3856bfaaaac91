// The pages: the playground, the dashboard and the functions, as `npm run build -w services/gateway` left them.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import staticFiles from '@fastify/static';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import type { FastifyInstance } from './fastify.ts';
import type { Routes } from './gateway.ts';

/** What the build writes where a style element's nonce belongs (vite.config.ts). */
const noncePlaceholder = '__CSP_NONCE__';

const notBuilt =
  'The pages are not built. Build them with: npm run build -w services/gateway\nThe API works without them and is described at /openapi.json.\n';

const open = { config: { access: 'open' }, schema: { hide: true } } as const;

/**
 * Reads the pages for each visit, so that a build is seen at once. Without a folder, or before the first build, a
 * sentence says so.
 */
export const pages: Routes = async (app, { pagesDir }) => {
  servePage(app, pagesDir, { path: '/', file: 'index.html' });
  servePage(app, pagesDir, { path: '/dashboard', file: 'dashboard.html' });
  servePage(app, pagesDir, { path: '/functions', file: 'functions.html' });
  if (pagesDir !== undefined) await serveFiles(app, resolve(pagesDir));
};

interface PageFile {
  readonly path: string;
  readonly file: string;
}

function servePage(
  app: FastifyInstance,
  pagesDir: string | undefined,
  { path, file }: PageFile,
): void {
  app.get(path, open, async (_request, reply) => {
    const html = pagesDir === undefined ? undefined : await textOf(join(pagesDir, file));
    if (html === undefined) {
      return reply.code(503).type('text/plain; charset=utf-8').send(notBuilt);
    }
    const nonce = randomBytes(16).toString('base64');
    return secured(reply, nonce)
      .header('Cache-Control', 'no-cache')
      .type('text/html; charset=utf-8')
      .send(html.replaceAll(noncePlaceholder, nonce));
  });
}

/** Names in assets have a hash of what is in the file, so they never change. */
async function serveFiles(app: FastifyInstance, root: string): Promise<void> {
  // The folder may not be there before the first build.
  await app.register(staticFiles, {
    ...{ root, serve: false, preCompressed: true, suppressWarning: true },
  });
  const asset = Type.Object({ '*': Type.String() });
  app.get('/assets/*', { ...open, schema: { hide: true, params: asset } }, (request, reply) =>
    reply.sendFile(`assets/${request.params['*']}`, { maxAge: '365d', immutable: true }),
  );
  for (const name of ['favicon.svg', 'theme.js']) {
    app.get(`/${name}`, open, (_request, reply) => reply.sendFile(name, { maxAge: 0 }));
  }
}

/**
 * Everything from here alone. CodeMirror makes style elements, which carry the nonce; no script may stand in a
 * page, and nobody may frame it.
 */
function secured(reply: FastifyReply, nonce: string): FastifyReply {
  const policy = [
    "default-src 'self'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return reply
    .header('Content-Security-Policy', policy.join('; '))
    .header('X-Content-Type-Options', 'nosniff')
    .header('Referrer-Policy', 'no-referrer')
    .header('Cross-Origin-Opener-Policy', 'same-origin');
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
