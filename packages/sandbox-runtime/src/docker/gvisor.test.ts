// gVisor through a Docker engine that knows it as `runsc`. Where there is none one skipped case says so.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { controlCases, realControlCases } from '../conformance/control.ts';
import { endingCases } from '../conformance/ending.ts';
import { gvisorCases } from '../conformance/gvisor.ts';
import { Harness } from '../conformance/harness.ts';
import { isolationCases } from '../conformance/isolation.ts';
import { networkCases } from '../conformance/network.ts';
import { realResourceCases, resourceCases } from '../conformance/resources.ts';
import { hostTemplates } from '../conformance/templates.ts';
import { wallCases } from '../conformance/walls.ts';
import { findGvisorForTests } from '../gvisor.fixture.ts';
import { createDockerDriver } from './driver.ts';
import { testEngine } from './test-engine.ts';

const found = await findGvisorForTests();
const engine = await testEngine();
const { python, javascript, shell } = hostTemplates();
const isolation = 'gvisor';
const templates = {
  python: { ...python, image: 'pilotlight/python', isolation },
  javascript: { ...javascript, image: 'pilotlight/javascript', isolation },
  shell: { ...shell, image: 'pilotlight/shell', isolation },
} as const;

if ('missing' in found) it.skip(found.missing);
else if (engine.kind === 'none') it.skip(`no Docker engine: ${engine.reason}`);
else {
  const { host } = engine;
  describe('docker with gVisor', () => {
    let current: Harness;
    const harness = () => current;
    beforeAll(async () => {
      const driver = await createDockerDriver({ host });
      current = new Harness(driver, { templates, real: true, isolation });
    });
    afterEach(() => current.destroyAll());
    afterAll(async () => {
      await current.driver.close();
      expect(await current.driver.list()).toEqual([]);
      await engine.stop();
    });

    gvisorCases(harness);
    endingCases(harness);
    resourceCases(harness);
    realResourceCases(harness);
    isolationCases(harness);
    wallCases(harness);
    networkCases(harness);
    controlCases(harness);
    realControlCases(harness);
  });
}
