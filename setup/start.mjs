#!/usr/bin/env node
// `npm start`: gets what is missing, then runs the platform. Works under any Node from 18 on and
// without node_modules; says what it does; quick when there is nothing to do.
import { fileURLToPath } from 'node:url';
import { fail, prepare, runWithProjectNode } from './prepare.mjs';

const say = (line) => process.stdout.write(`${line}\n`);
const args = process.argv.slice(2);
const wantsDocker = args.join(' ').replace('=', ' ').includes('--driver docker');

await prepare({ say, ociRuntime: !wantsDocker }).catch((error) => fail(error.message));
const command = fileURLToPath(new URL('../packages/cli/bin/pilotlight.mjs', import.meta.url));
// The supervisor does next to nothing: a small young generation saves 6 MB.
runWithProjectNode(['--max-semi-space-size=1', command, 'up', ...args]);
