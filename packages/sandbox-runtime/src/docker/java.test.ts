// Java in containers of an engine.
import { describe } from 'vitest';
import { describeJava } from '../conformance/java.ts';
import { createDockerDriver } from './driver.ts';
import { testEngine } from './test-engine.ts';

const engine = await testEngine(['java']);
if (engine.kind === 'ready') {
  const { host, stop } = engine;
  describeJava('docker', () => createDockerDriver({ host }), stop);
} else {
  console.warn(`Skipped, no Docker engine: ${engine.reason}`);
  describe.skip('java on docker');
}
