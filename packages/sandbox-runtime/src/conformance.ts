// One suite that every driver passes. A driver's own test file calls `describeDriver`.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { controlCases, realControlCases } from './conformance/control.ts';
import { endingCases, realEndingCases } from './conformance/ending.ts';
import { type Expectations, Harness } from './conformance/harness.ts';
import { interactiveCases, realInteractiveCases } from './conformance/interactive.ts';
import { isolationCases } from './conformance/isolation.ts';
import { networkCases } from './conformance/network.ts';
import { realResourceCases, resourceCases } from './conformance/resources.ts';
import { realStagedCases, stagedCases } from './conformance/staged.ts';
import { realStreamCases, streamCases } from './conformance/streams.ts';
import { realTerminalCases } from './conformance/terminal.ts';
import { wallCases } from './conformance/walls.ts';
import type { SandboxDriver } from './driver.ts';

export type { Expectations, Language } from './conformance/harness.ts';

/**
 * Describes the suite for one driver, which is made once and closed at the end. Every case destroys
 * its sandboxes; at the end nothing may be left of any.
 */
export function describeDriver(
  name: string,
  makeDriver: () => Promise<SandboxDriver>,
  expectations: Expectations,
): void {
  describe(`sandbox driver: ${name}`, () => {
    let current: Harness | undefined;
    const harness = () => {
      if (current === undefined) throw new Error('the driver was not made');
      return current;
    };
    beforeAll(async () => {
      current = new Harness(await makeDriver(), expectations);
    });
    afterEach(() => harness().destroyAll());
    afterAll(async () => {
      const { driver } = harness();
      expect(await driver.list()).toEqual([]);
      await driver.close();
    });

    endingCases(harness);
    streamCases(harness);
    resourceCases(harness);
    controlCases(harness);
    stagedCases(harness);
    interactiveCases(harness);
    if (expectations.real) {
      realEndingCases(harness);
      realStreamCases(harness);
      realResourceCases(harness);
      isolationCases(harness);
      wallCases(harness);
      networkCases(harness);
      realControlCases(harness);
      realTerminalCases(harness);
      realStagedCases(harness);
      realInteractiveCases(harness);
    }
    it('is left with nothing', async () => {
      await harness().destroyAll();
      expect(await harness().driver.list()).toEqual([]);
    });
  });
}
