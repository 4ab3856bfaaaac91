// GET /api/v1/health (seed 001).
import { Type } from 'typebox';
import type { Routes } from './gateway.ts';

const answer = Type.Object(
  {
    status: Type.String({ description: 'healthy, or degraded while the bus is away.' }),
    version: Type.String(),
    timestamp: Type.String({ format: 'date-time' }),
  },
  { title: 'Health' },
);

export const health: Routes = (app, { bus, clock, version }) => {
  app.get(
    '/api/v1/health',
    {
      config: { access: 'open' },
      schema: {
        summary: 'Whether the gateway can do its work',
        tags: ['health'],
        response: { 200: answer },
      },
    },
    () => ({
      status: bus.status === 'connected' ? 'healthy' : 'degraded',
      version,
      timestamp: clock.now().toISOString(),
    }),
  );
};
