// The same suite with runc, which manages control groups by itself. Where it is not installed one
// skipped case says so.
import { mkdtempSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, it } from 'vitest';
import { hostTemplates } from '../conformance/templates.ts';
import { describeDriver } from '../conformance.ts';
import { createOciDriver } from './oci-driver.ts';
import { findRuntime } from './runtime.ts';

const searchPath = `${dirname(process.execPath)}:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;

if ((await findRuntime('runc', searchPath)) === undefined) {
  it.skip('runc is not installed here');
} else {
  const stateDir = mkdtempSync('/dev/shm/pilotlight-test-');
  afterAll(() => rmdirSync(stateDir));
  describeDriver(
    'oci with runc',
    () => createOciDriver({ stateDir, runtime: 'runc', incarnation: 'conformance', searchPath }),
    { templates: hostTemplates(), real: true },
  );
}
