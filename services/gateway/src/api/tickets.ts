// POST /api/v1/tickets: what a browser puts into the address of a WebSocket or an event stream.
import { Type } from 'typebox';
import { Tickets, ticketTtlMs } from '../app/tickets.ts';
import { errorSchema } from './errors.ts';
import type { Routes } from './gateway.ts';

const answer = Type.Object(
  {
    ticket: Type.String({ description: 'For `?ticket=`. Works once.' }),
    expires_in_ms: Type.Integer({ description: 'From now on.' }),
  },
  { title: 'Ticket' },
);

export const tickets: Routes = (app, { bus, clock }) => {
  const issued = new Tickets(bus, clock);
  app.post(
    '/api/v1/tickets',
    {
      config: { access: 'key' },
      schema: {
        summary: 'A ticket for one WebSocket or event stream',
        description: 'For browsers, which cannot send a key with those.',
        tags: ['live'],
        response: { 201: answer, 401: errorSchema },
      },
    },
    async ({ principal }, reply) => {
      const ticket = await issued.issue(principal.keyHash);
      return reply.code(201).send({ ticket, expires_in_ms: ticketTtlMs });
    },
  );
};
