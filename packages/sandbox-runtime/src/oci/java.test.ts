// Java without images. Needs root on Linux, crun or runc, and a JDK.
import { mkdtempSync, rmSync } from 'node:fs';
import { afterAll } from 'vitest';
import { describeJava } from '../conformance/java.ts';
import { createOciDriver } from './oci-driver.ts';

const stateDir = mkdtempSync('/dev/shm/pilotlight-test-');

afterAll(() => rmSync(stateDir, { recursive: true }));

describeJava('oci', () => createOciDriver({ stateDir, incarnation: 'java' }));
