// Java in containers of an engine.
import { it } from 'vitest';
import { describeJava } from '../conformance/java.ts';
import { createDockerDriver } from './driver.ts';
import { testEngine } from './test-engine.ts';

const engine = await testEngine(['java']);
if (engine.kind === 'ready') {
  const { host, stop } = engine;
  describeJava('docker', () => createDockerDriver({ host }), stop);
} else {
  it.skip(`java on docker: no Docker engine: ${engine.reason}`);
}
