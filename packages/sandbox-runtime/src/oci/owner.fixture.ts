// A process that owns a driver with busy sandboxes and waits to be killed. Its argument is the state
// directory; it prints one line when everything runs.
import { Harness, incarnation } from '../conformance/harness.ts';
import { hostTemplates } from '../conformance/templates.ts';
import { createOciDriver } from './oci-driver.ts';

const [stateDir = ''] = process.argv.slice(2);
const driver = await createOciDriver({ stateDir, incarnation });
const harness = new Harness(driver, { templates: hostTemplates(), real: true });
const source = `
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        time.sleep(1000)
print("up")
time.sleep(1000)
`;
const [busy] = await Promise.all([harness.create(), harness.create()]);
const program = busy.run(harness.job(source));
program.stdout.once('data', () => console.log('all up'));
