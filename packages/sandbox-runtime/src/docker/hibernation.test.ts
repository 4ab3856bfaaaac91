// Needs a Docker engine whose control groups can be seen, and a host that lets swap be added.
import { afterAll } from 'vitest';
import { describeHibernation } from '../conformance/hibernation.ts';
import { hostTemplates } from '../conformance/templates.ts';
import { createDockerDriver } from './driver.ts';
import { testEngine } from './test-engine.ts';

const engine = await testEngine();
if (engine.kind === 'none') {
  console.warn(`Skipped, no Docker engine: ${engine.reason}`);
} else {
  const { python, javascript, shell } = hostTemplates();
  const templates = {
    python: { ...python, image: 'pilotlight/python' },
    javascript: { ...javascript, image: 'pilotlight/javascript' },
    shell: { ...shell, image: 'pilotlight/shell' },
  };
  const { host } = engine;
  describeHibernation('docker', () => createDockerDriver({ host }), { templates, real: true });
  afterAll(() => engine.stop());
}
