import type { FastifyInstance } from 'fastify';
import { addNote, allNotes } from './notes.ts';

const noteBody = {
  type: 'object',
  required: ['text'],
  properties: { text: { type: 'string', minLength: 1, maxLength: 1_000 } },
};

export function addRoutes(app: FastifyInstance): void {
  app.get('/api/notes', async () => allNotes());
  app.post<{ Body: { text: string } }>(
    '/api/notes',
    { schema: { body: noteBody } },
    async ({ body }, reply) => reply.status(201).send(addNote(body.text)),
  );
}
