// Preloaded after the register entry: prints what was recorded as the last line of stdout.
import { writeSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { moduleReport } from '../recording.ts';

if (isMainThread) process.once('exit', () => writeSync(1, `\n${JSON.stringify(moduleReport())}\n`));
