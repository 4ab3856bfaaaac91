// Who may open what stays open: WebSockets and event streams. Browsers bring a ticket.
import { PlatformError } from '@pilotlight/contracts';
import type { Authenticated } from '@pilotlight/rpc';
import type { FastifyRequest } from 'fastify';
import type { Tickets } from '../app/tickets.ts';
import { credentialsOf } from './admission.ts';
import type { Gateway } from './gateway.ts';

export interface LiveAccess {
  readonly gateway: Pick<Gateway, 'authenticate' | 'keys' | 'corsOrigins'>;
  readonly tickets: Tickets;
}

/** A key in a header, or `?ticket=`. Rejects `unauthenticated`, and `unavailable` while the bus is away. */
export async function admitLive(
  { gateway, tickets }: LiveAccess,
  request: FastifyRequest,
  ticket: string | undefined,
): Promise<Authenticated> {
  if (!isOwnOrigin(request, gateway.corsOrigins)) {
    throw new PlatformError('unauthenticated', 'Pages of this origin may not connect.');
  }
  if (ticket === undefined) return gateway.authenticate(credentialsOf(request));
  const keyHash = await tickets.redeem(ticket);
  const found = keyHash === undefined ? undefined : gateway.keys.find(keyHash);
  if (found !== undefined) return found;
  throw new PlatformError('unauthenticated', 'This ticket is not known, too old, or was used.');
}

/**
 * Browsers say which page connects, and let any page do it: a page of a stranger is refused here. Programs
 * say nothing.
 */
function isOwnOrigin({ headers }: FastifyRequest, allowed: readonly string[]): boolean {
  const { origin, host } = headers;
  if (origin === undefined || allowed.includes('*') || allowed.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
