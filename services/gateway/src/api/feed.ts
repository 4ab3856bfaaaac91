// GET /api/v1/feed: what happens on the platform, as server-sent events. What was missed while nobody was
// connected is not told again: `Last-Event-ID` has no meaning here.
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Type } from 'typebox';
import { LiveFeed, type Onlooker } from '../app/live-feed.ts';
import { Tickets } from '../app/tickets.ts';
import { errorSchema } from './errors.ts';
import { feedSources } from './feed-sources.ts';
import type { Routes } from './gateway.ts';
import { admitLive } from './live-access.ts';

const pingEveryMs = 15_000;

const query = Type.Object({
  ticket: Type.Optional(Type.String({ maxLength: 128, description: 'In place of a key.' })),
});

export const feed: Routes = (app, gateway) => {
  const { bus, clock, logger } = gateway;
  const tickets = new Tickets(bus, clock);
  const shared = new LiveFeed({ clock, log: logger, sources: feedSources(gateway) });
  app.addHook('preClose', async () => shared.close());
  app.get(
    '/api/v1/feed',
    {
      config: { access: 'open' },
      schema: {
        summary: 'What happens on the platform, as server-sent events',
        description:
          'Needs a key, or a ticket as `?ticket=`. Events: `pools` (the pools, at once and when they change), `execution` (a result without its output), `sandbox` (a step in the life of one), `alert` (for admins), and `dropped` with a count for a reader who was too slow. Begins with what happens next.',
        tags: ['live'],
        querystring: query,
        response: { 401: errorSchema },
      },
    },
    async (request, reply) => {
      const { principal, revoked } = await admitLive(
        { gateway, tickets },
        request,
        request.query.ticket,
      );
      const onlooker = shared.join(principal);
      const leave = () => shared.leave(onlooker);
      const { raw } = reply;
      reply.hijack();
      raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      raw.write(': connected\n\n');
      const pings = setInterval(() => raw.write(': ping\n\n'), pingEveryMs);
      raw.once('close', leave);
      revoked.addEventListener('abort', leave);
      try {
        if (!raw.destroyed) await tell(onlooker, raw);
      } finally {
        clearInterval(pings);
        revoked.removeEventListener('abort', leave);
        leave();
        raw.end();
      }
    },
  );
};

async function tell(onlooker: Onlooker, raw: ServerResponse): Promise<void> {
  for await (const { event, text } of onlooker.items()) {
    if (raw.destroyed) return;
    const hasRoom = raw.write(`event: ${event}\ndata: ${text}\n\n`);
    if (!hasRoom) await Promise.race([once(raw, 'drain'), once(raw, 'close')]);
  }
}
