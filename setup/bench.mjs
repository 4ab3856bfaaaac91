#!/usr/bin/env node
// `npm run --silent bench -- SCENARIO`: gets what is missing, then measures. Stdout is the result.
import { fileURLToPath } from 'node:url';
import { fail, prepare, runWithProjectNode } from './prepare.mjs';

const say = (line) => process.stderr.write(`${line}\n`);

await prepare({ say }).catch((error) => fail(error.message));
const main = fileURLToPath(new URL('../bench/main.ts', import.meta.url));
runWithProjectNode([main, ...process.argv.slice(2)]);
