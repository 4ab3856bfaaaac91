// The data science variant of Python without images. Needs root on Debian, and crun or runc.
import { mkdtempSync, rmSync } from 'node:fs';
import { afterAll } from 'vitest';
import { describePythonData } from '../conformance/python-data.ts';
import { createOciDriver } from './oci-driver.ts';

const stateDir = mkdtempSync('/dev/shm/pilotlight-test-');

afterAll(() => rmSync(stateDir, { recursive: true }));

describePythonData('oci', () => createOciDriver({ stateDir, incarnation: 'python-data' }));
