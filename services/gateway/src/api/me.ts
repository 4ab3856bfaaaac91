// GET /api/v1/me: whose key this is, and what it allows.
import { Entitlements } from '@pilotlight/contracts';
import { Type } from 'typebox';
import { errorSchema } from './errors.ts';
import type { Routes } from './gateway.ts';

const answer = Type.Object(
  {
    key_id: Type.String(),
    project: Type.String(),
    user_id: Type.String({ description: 'Empty where the key speaks for every user.' }),
    role: Type.String({ description: 'project or admin' }),
    entitlements: Type.Record(Type.String(), Type.Unknown()),
  },
  { title: 'Me' },
);

export const me: Routes = (app) => {
  app.get(
    '/api/v1/me',
    {
      config: { access: 'key' },
      schema: {
        summary: 'Whose key this is, and what it allows',
        tags: ['keys'],
        response: { 200: answer, 401: errorSchema },
      },
    },
    ({ principal }) => ({
      key_id: principal.keyId,
      project: principal.project,
      user_id: principal.userId,
      role: principal.role,
      entitlements: Entitlements.toJSON(principal.entitlements) as Record<string, unknown>,
    }),
  );
};
