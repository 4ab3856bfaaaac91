import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  server: {
    // Requests come through the platform, under whatever name it has.
    allowedHosts: true,
    // What node_modules links to.
    fs: { allow: ['/workspace', '/opt/pilotlight'] },
  },
});
