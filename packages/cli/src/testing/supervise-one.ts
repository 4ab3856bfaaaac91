// A supervisor of one process that holds a connection for as long as its standard input is open.
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@pilotlight/lifecycle';
import { startInGroup } from '../platform/process-group.ts';

const [folder = '', address = ''] = process.argv.slice(2);
const child = `
  const socket = require('node:net').connect(${address});
  process.stdin.on('end', () => process.exit()).resume();
`;
const command = { file: process.execPath, args: ['-e', child], env: {}, cwd: folder };
startInGroup(command, openSync(join(folder, 'log'), 'a'), systemClock);
