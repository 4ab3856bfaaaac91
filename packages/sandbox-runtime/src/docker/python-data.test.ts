// The data science variant of Python in containers of an engine.
import { it } from 'vitest';
import { describePythonData } from '../conformance/python-data.ts';
import { createDockerDriver } from './driver.ts';
import { testEngine } from './test-engine.ts';

const engine = await testEngine(['python-data']);
if (engine.kind === 'ready') {
  const { host, stop } = engine;
  describePythonData('docker', () => createDockerDriver({ host }), stop);
} else {
  it.skip(`python-data on docker: no Docker engine: ${engine.reason}`);
}
