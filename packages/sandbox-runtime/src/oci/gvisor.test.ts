// The conformance suite in gVisor. Where it is not installed one skipped case says so.
import { mkdtempSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { gvisorCases } from '../conformance/gvisor.ts';
import { Harness } from '../conformance/harness.ts';
import { hostTemplates } from '../conformance/templates.ts';
import { describeDriver } from '../conformance.ts';
import { findGvisorForTests } from '../gvisor.fixture.ts';
import { createOciDriver } from './oci-driver.ts';

const found = await findGvisorForTests();
const searchPath = `${dirname(process.execPath)}:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
const { python, javascript, shell } = hostTemplates();
const isolation = 'gvisor';
const templates = {
  python: { ...python, isolation },
  javascript: { ...javascript, isolation },
  shell: { ...shell, isolation },
} as const;
const expectations = { templates, real: true, isolation } as const;
const signal = new AbortController().signal;

if ('missing' in found) {
  it.skip(found.missing);
} else {
  const stateDir = mkdtempSync('/dev/shm/pilotlight-test-');
  afterAll(() => rmdirSync(stateDir));
  const make = (gvisorRuntime: string) =>
    createOciDriver({ stateDir, incarnation: 'conformance', searchPath, gvisorRuntime });

  describeDriver('oci with gVisor', () => make(found.path), expectations);

  describe('gVisor on oci', () => {
    let harness: Harness;
    beforeAll(async () => {
      harness = new Harness(await make(found.path), expectations);
    });
    afterEach(() => harness.destroyAll());
    afterAll(() => harness.driver.close());
    gvisorCases(() => harness);
  });

  it('says why templates that ask for gVisor cannot work where it is missing or broken', async () => {
    const cases = [
      { path: '/nonexistent/runsc', available: false, message: /not installed/ },
      { path: '/bin/false', available: true, message: /does not work here/ },
    ];
    for (const { path, available, message } of cases) {
      const driver = await make(path);
      expect(driver.capabilities.gvisor.available).toBe(available);
      await expect(driver.prepare(templates.python, { signal })).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringMatching(message),
      });
      expect(await driver.list()).toEqual([]);
      await driver.close();
    }
  });
}
