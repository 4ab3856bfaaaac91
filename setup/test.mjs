#!/usr/bin/env node
// `npm test`: gets what is missing, then runs every test, or those that the arguments name. The
// last line says how many passed, failed and were skipped.
import { fileURLToPath } from 'node:url';
import { ensureCurrentNatsServer } from './nats-server.mjs';
import { fail, prepare, runWithProjectNode } from './prepare.mjs';

const say = (line) => process.stdout.write(`${line}\n`);

await prepare({ say }).catch((error) => fail(error.message));
await ensureCurrentNatsServer({ say }).catch((error) => {
  say(`Messaging is tested on one nats-server only: ${error.message}`);
});
const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
runWithProjectNode([vitest, 'run', ...process.argv.slice(2)]);
