import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** `/health` answers once the page and its modules have been transformed: then the first visit is quick. */
const health = {
  name: 'health',
  configureServer(server) {
    let warm;
    server.middlewares.use('/health', (_request, response) => {
      warm ??= server.warmupRequest('/src/main.tsx');
      warm.then(
        () => response.end('ok\n'),
        (error) => {
          response.statusCode = 500;
          response.end(`${error.message}\n`);
        },
      );
    });
  },
};

export default defineConfig({
  plugins: [react(), health],
  server: {
    host: '127.0.0.1',
    port: 3000,
    strictPort: true,
    // Requests come through the platform, under whatever name it has.
    allowedHosts: true,
    // What node_modules links to.
    fs: { allow: ['/workspace', '/opt/pilotlight'] },
  },
});
