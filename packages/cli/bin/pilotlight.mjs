#!/usr/bin/env node
// The `pilotlight` command. Plain JavaScript, so that Node's compile cache is on before the first
// TypeScript file is read: it halves the time to start and the memory of `up`.
import module from 'node:module';
import { fileURLToPath } from 'node:url';

if (Number.parseInt(process.versions.node, 10) < 24) {
  process.stderr.write(
    `This is Node ${process.versions.node}; pilotlight needs 24. In a checkout say: npm run pilotlight -- …\n`,
  );
  process.exit(1);
}
const cache = new URL('../../../node_modules/.cache/pilotlight-compile', import.meta.url);
module.enableCompileCache(fileURLToPath(cache));
await import('../src/main.ts');
