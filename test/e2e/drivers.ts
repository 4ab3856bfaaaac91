// The drivers that behaviours of sandboxes are tested on, as far as this machine has them.
import { testEngine } from '@pilotlight/sandbox-runtime/test-engine';
import { afterAll } from 'vitest';
import type { FixtureOptions } from './fixture.ts';

export interface DriverUnderTest {
  readonly name: 'oci' | 'docker';
  /** What a platform is told to use it. */
  readonly platform: Required<Pick<FixtureOptions, 'driver' | 'env'>>;
}

/**
 * For the top of a file. A machine without a Docker engine has one driver less, and says why. `images`:
 * see `testEngine`.
 */
export async function useDrivers(images?: readonly string[]): Promise<readonly DriverUnderTest[]> {
  const engine = await testEngine(images);
  const oci = { name: 'oci', platform: { driver: 'oci', env: {} } } as const;
  if (engine.kind === 'none') {
    console.warn(`Skipped on docker: ${engine.reason}`);
    return [oci];
  }
  afterAll(() => engine.stop());
  const env = { executor: { PILOTLIGHT_DOCKER_HOST: engine.host } };
  return [oci, { name: 'docker', platform: { driver: 'docker', env } }];
}
