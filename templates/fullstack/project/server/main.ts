// One server for both: /api and /health are Fastify's, everything else is the page, by Vite.
import { createServer } from 'node:http';
import fastify from 'fastify';
import { createServer as createVite } from 'vite';
import { addRoutes } from './api.ts';

const httpServer = createServer();
const vite = await createVite({
  server: { middlewareMode: true, ws: { server: httpServer } },
});

const app = fastify({
  serverFactory: (handle) =>
    httpServer.on('request', (request, response) => {
      const isOurs = /^\/(?:api|health)\b/.test(request.url ?? '');
      if (isOurs) handle(request, response);
      else vite.middlewares(request, response);
    }),
});
addRoutes(app);
// Healthy once the page's modules have been transformed: then the first visit is quick.
const warm = vite.warmupRequest('/src/main.tsx');
app.get('/health', async () => {
  await warm;
  return 'ok\n';
});
await app.listen({ host: '127.0.0.1', port: 3000 });
console.log('http://127.0.0.1:3000');
