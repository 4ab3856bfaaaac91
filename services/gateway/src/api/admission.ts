// Who may call a route, and how often: the hooks before every handler.
import { PlatformError, requireAdmin } from '@pilotlight/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyInstance } from './fastify.ts';
import type { Access, Gateway } from './gateway.ts';

/** Adds the hooks. A route that does not say whom it admits admits admins alone. */
export function admitCallers(
  app: FastifyInstance,
  { authenticate, rates }: Pick<Gateway, 'authenticate' | 'rates'>,
): void {
  app.decorateRequest('principal');
  app.decorateRequest('callSignal');
  app.addHook('onRequest', async (request, reply) => {
    const access = request.routeOptions.config.access ?? 'admin';
    const call = endedByCaller(reply);
    request.callSignal = call.signal;
    if (access === 'open' || request.is404) return;
    const { principal, revoked } = authenticate(credentialsOf(request));
    request.principal = principal;
    endByRevocation(call, revoked, reply);
    if (access === 'admin') requireAdmin(principal);
    else await countCall({ rates, access }, request, reply);
  });
}

async function countCall(
  { rates, access }: { readonly rates: Gateway['rates']; readonly access: Access },
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  if (access !== 'request' && access !== 'query') return;
  const { allowed, limit, remaining, resetMs } = await rates.count(request.principal, access);
  if (limit === 0) return;
  const resetSeconds = Math.ceil(resetMs / 1_000);
  // draft-ietf-httpapi-ratelimit-headers: the policy, and what is left of it.
  reply.header('RateLimit-Policy', `"${access}";q=${limit};w=60`);
  reply.header('RateLimit', `"${access}";r=${remaining};t=${resetSeconds}`);
  if (allowed) return;
  const message = `This key may make ${limit} such calls in a minute.`;
  throw new PlatformError('resource_exhausted', message, { retry: { kind: 'after', ms: resetMs } });
}

/**
 * `X-API-Key`, or `Authorization`: with `Bearer`; the key alone, as Piston's clients send it; or with `Basic`
 * and the key as the password, which is how clients send what stands before the host in an address. Only a
 * service may act for somebody else, over gRPC.
 */
export function credentialsOf({ headers }: FastifyRequest): { readonly secret?: string } {
  const own = headers['x-api-key'];
  const [, scheme, given] = /^(?:(Bearer|Basic) )?(\S+)$/i.exec(headers.authorization ?? '') ?? [];
  const isBasic = scheme?.toLowerCase() === 'basic';
  const secret = (Array.isArray(own) ? own[0] : own) ?? (isBasic ? passwordOf(given) : given);
  return secret === undefined ? {} : { secret };
}

/** Of `user:password` in base64. */
function passwordOf(pair = ''): string {
  const text = Buffer.from(pair, 'base64').toString();
  return text.slice(text.indexOf(':') + 1);
}

function endedByCaller(reply: FastifyReply): AbortController {
  const call = new AbortController();
  reply.raw.once('close', () => {
    if (reply.raw.writableEnded) return;
    call.abort(new PlatformError('cancelled', 'The caller went away.'));
  });
  return call;
}

/** By hand: whoever listened to an `AbortSignal.any` of both would be kept for as long as the key is. */
function endByRevocation(call: AbortController, revoked: AbortSignal, reply: FastifyReply): void {
  const end = () => call.abort(revoked.reason);
  revoked.addEventListener('abort', end);
  reply.raw.once('close', () => revoked.removeEventListener('abort', end));
}
