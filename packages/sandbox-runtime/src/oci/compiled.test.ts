// Go, C++ and Rust without images. Needs root on Linux, crun or runc, and the three compilers.
import { mkdtempSync, rmSync } from 'node:fs';
import { afterAll } from 'vitest';
import { describeCompiled } from '../conformance/compiled.ts';
import { createOciDriver } from './oci-driver.ts';

const stateDir = mkdtempSync('/dev/shm/pilotlight-test-');

afterAll(() => rmSync(stateDir, { recursive: true }));

describeCompiled('oci', () =>
  createOciDriver({ stateDir, incarnation: 'compiled', searchPath: process.env['PATH'] ?? '' }),
);
