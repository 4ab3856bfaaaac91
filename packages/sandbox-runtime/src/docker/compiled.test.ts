// Go, C++ and Rust in their images.
import { afterAll } from 'vitest';
import { describeCompiled } from '../conformance/compiled.ts';
import { createDockerDriver } from './driver.ts';
import { testEngine } from './test-engine.ts';

const engine = await testEngine(['shell', 'go', 'cpp', 'rust']);
if (engine.kind === 'none') console.warn(`Skipped, no Docker engine: ${engine.reason}`);
else {
  const { host, stop } = engine;
  afterAll(stop);
  describeCompiled('docker', () => createDockerDriver({ host }));
}
