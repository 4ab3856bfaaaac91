// The HTTP server: hooks and errors that all routes share, and the routes.
import fastify from 'fastify';
import { admitCallers } from './admission.ts';
import { describeRoutes, serveDescription } from './described.ts';
import { execute } from './execute.ts';
import { executions } from './executions.ts';
import { answerFailures, refuseAddress, refuseGarbage } from './failures.ts';
import type { FastifyInstance } from './fastify.ts';
import { feed } from './feed.ts';
import { functions } from './functions.ts';
import type { Gateway, Routes } from './gateway.ts';
import { health } from './health.ts';
import { keepAnswers } from './idempotency.ts';
import { ingest } from './ingest.ts';
import { keys } from './keys.ts';
import { languages } from './languages.ts';
import { compileLate } from './late-schemas.ts';
import { me } from './me.ts';
import { observeRequests } from './observe.ts';
import { pages } from './pages.ts';
import { piston } from './piston.ts';
import { pools } from './pools.ts';
import { nameRequests } from './request-names.ts';
import { sandboxExec } from './sandbox-exec.ts';
import { sandboxFiles } from './sandbox-files.ts';
import { sandboxes } from './sandboxes.ts';
import { stats } from './stats.ts';
import { tickets } from './tickets.ts';
import { type HttpSettings, httpOptions, shapeTransport } from './transport.ts';
import { watchSocket } from './watch-socket.ts';
import { acceptWebSockets } from './web-sockets.ts';

/** Every group of routes, in the order of the documentation. */
const routes: readonly Routes[] = [
  execute,
  executions,
  sandboxes,
  sandboxExec,
  sandboxFiles,
  pools,
  languages,
  stats,
  ingest,
  functions,
  keys,
  me,
  tickets,
  watchSocket,
  feed,
  piston,
  health,
  pages,
];

/** Of a call that does not say another: 8 MiB of files of a sandbox in base64. Nobody without a key sends any. */
const bodyLimitBytes = 16 * 1024 * 1024;

/** Ready to listen or to be injected into. */
export async function createServer(
  gateway: Gateway,
  settings: HttpSettings = {},
): Promise<FastifyInstance> {
  const app: FastifyInstance = fastify({
    ...httpOptions(settings),
    bodyLimit: bodyLimitBytes,
    frameworkErrors: refuseAddress(() => gateway.clock.now()),
    clientErrorHandler: refuseGarbage(() => gateway.clock.now()),
  });
  compileLate(app);
  app.removeContentTypeParser('text/plain');
  takeEmptyBodies(app);
  observeRequests(app, gateway);
  app.addHook('onRequest', (_request, _reply, done) => {
    gateway.caches.countRequest();
    done();
  });
  answerFailures(app, gateway);
  await shapeTransport(app, gateway, settings);
  admitCallers(app, gateway);
  nameRequests(app);
  keepAnswers(app, gateway);
  await acceptWebSockets(app);
  await describeRoutes(app, gateway);
  for (const group of routes) await group(app, gateway);
  await serveDescription(app);
  await app.ready();
  return app;
}

/** Many clients name JSON on every call, also where they send nothing; what needs a body says so itself. */
function takeEmptyBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else void parse(request, body.toString(), done);
  });
}
