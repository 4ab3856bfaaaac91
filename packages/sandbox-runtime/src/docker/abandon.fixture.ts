// For tests only, as a process of its own to be killed: makes a sandbox that waits, one that runs a
// program which ignores every signal it can, and one with such a program whose input has been ended;
// says their ids on one line, and does nothing more.
import { once } from 'node:events';
import { createDockerDriver } from './driver.ts';
import { shellJob, shellSpec } from './shell-spec.fixture.ts';

const driver = await createDockerDriver({ host: process.argv[2] ?? '' });
const forever = new AbortController().signal;
const waiting = await driver.create(shellSpec(), forever);
const running = await driver.create(shellSpec(), forever);
const program = running.run(shellJob("trap '' HUP INT TERM PIPE; echo up; sleep 600"));
await once(program.stdout, 'data');
const deaf = await driver.create(shellSpec(), forever);
const talked = deaf.run(shellJob("trap '' HUP INT TERM PIPE; cat; echo up; sleep 600", null), {
  isInteractive: true,
});
talked.stdin?.end();
await once(talked.stdout, 'data');
process.stdout.write(`${waiting.id} ${running.id} ${deaf.id}\n`);
await running.ended;
