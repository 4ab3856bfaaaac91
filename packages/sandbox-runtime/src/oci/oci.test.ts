// The conformance suite on a real OCI runtime. Needs root on Linux and crun or runc.
import { mkdtempSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll } from 'vitest';
import { hostTemplates } from '../conformance/templates.ts';
import { describeDriver } from '../conformance.ts';
import { createOciDriver } from './oci-driver.ts';

const stateDir = mkdtempSync('/dev/shm/pilotlight-test-');
const searchPath = `${dirname(process.execPath)}:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;

afterAll(() => rmdirSync(stateDir));

describeDriver('oci', () => createOciDriver({ stateDir, incarnation: 'conformance', searchPath }), {
  templates: hostTemplates(),
  real: true,
});
