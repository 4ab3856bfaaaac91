// The data science variant of Python in containers of an engine.
import { describe } from 'vitest';
import { describePythonData } from '../conformance/python-data.ts';
import { createDockerDriver } from './driver.ts';
import { testEngine } from './test-engine.ts';

const engine = await testEngine(['python-data']);
if (engine.kind === 'ready') {
  const { host, stop } = engine;
  describePythonData('docker', () => createDockerDriver({ host }), stop);
} else {
  console.warn(`Skipped, no Docker engine: ${engine.reason}`);
  describe.skip('python-data on docker');
}
