// Needs root on Linux, an OCI runtime and a host that lets swap be added.
import { mkdtempSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll } from 'vitest';
import { describeHibernation } from '../conformance/hibernation.ts';
import { hostTemplates } from '../conformance/templates.ts';
import { createOciDriver } from './oci-driver.ts';

const stateDir = mkdtempSync('/dev/shm/pilotlight-test-');
const searchPath = `${dirname(process.execPath)}:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;

describeHibernation(
  'oci',
  () => createOciDriver({ stateDir, incarnation: 'conformance', searchPath }),
  { templates: hostTemplates(), real: true },
);

afterAll(() => rmdirSync(stateDir));
