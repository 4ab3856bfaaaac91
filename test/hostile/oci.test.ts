import { gvisorHere, useGvisorTemplates } from './gvisor.ts';
import { describeHostile, hostileTemplates } from './suite.ts';

const notLinux = process.platform === 'linux' ? undefined : 'the oci driver needs Linux';
const platform = { driver: 'oci', templates: hostileTemplates } as const;
const gvisorTemplates = useGvisorTemplates();
const gvisor = await gvisorHere();

describeHostile({
  name: 'oci',
  isolation: 'default',
  platform,
  dockerHost: undefined,
  missing: notLinux,
  repetitions: 1_000,
});

describeHostile({
  name: 'oci with gVisor',
  isolation: 'gvisor',
  platform: {
    ...platform,
    env: {
      executor: gvisor.executor,
      'pool-manager': { PILOTLIGHT_TEMPLATES_DIR: gvisorTemplates },
    },
  },
  dockerHost: undefined,
  missing: notLinux ?? gvisor.missing,
  repetitions: 100,
});
