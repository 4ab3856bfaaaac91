// What the pool-manager can be told.
import { choice, rpcAddress, serviceSettings, settings, text } from '@pilotlight/config';
import { profiles } from './domain/pool-policy.ts';

export const configSchema = settings({
  ...serviceSettings,
  rpcAddress: rpcAddress('127.0.0.1:7402'),
  templatesDir: text({
    description: 'Folder that has one folder with a template.yaml for each template.',
    default: 'templates',
  }),
  profile: choice(profiles, {
    description: 'Which pool sizes of the templates hold: for one small machine, or a cluster.',
    default: 'embedded',
  }),
});
