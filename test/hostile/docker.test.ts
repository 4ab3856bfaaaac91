import { testEngine } from '@pilotlight/sandbox-runtime/test-engine';
import { afterAll } from 'vitest';
import { gvisorHere, useGvisorTemplates } from './gvisor.ts';
import { describeHostile, hostileTemplates } from './suite.ts';

const engine = await testEngine(hostileTemplates);
const dockerHost = engine.kind === 'ready' ? engine.host : undefined;
const noEngine = engine.kind === 'none' ? engine.reason : undefined;
const executor = dockerHost === undefined ? {} : { PILOTLIGHT_DOCKER_HOST: dockerHost };
const platform = { driver: 'docker', templates: hostileTemplates } as const;
const gvisorTemplates = useGvisorTemplates();

afterAll(async () => {
  if (engine.kind === 'ready') await engine.stop();
});

describeHostile({
  name: 'docker',
  isolation: 'default',
  platform: { ...platform, env: { executor } },
  dockerHost,
  missing: noEngine,
  repetitions: 100,
});

describeHostile({
  name: 'docker with gVisor',
  isolation: 'gvisor',
  platform: {
    ...platform,
    env: { executor, 'pool-manager': { PILOTLIGHT_TEMPLATES_DIR: gvisorTemplates } },
  },
  dockerHost,
  missing: noEngine ?? (await gvisorHere()).missing,
  repetitions: 100,
});
