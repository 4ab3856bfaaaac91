// What the pool-manager can be told.
import {
  accessSettings,
  choice,
  nodeToken,
  optionalText,
  rpcAddress,
  serviceSettings,
  settings,
  text,
} from '@pilotlight/config';
import { profiles } from './domain/pool-policy.ts';

export const configSchema = settings({
  ...serviceSettings,
  ...accessSettings,
  rpcAddress: rpcAddress('127.0.0.1:7402'),
  nodeToken,
  templatesDir: text({
    description: 'Folder that has one folder with a template.yaml for each template.',
    default: 'templates',
  }),
  templates: optionalText({
    description: 'Names of the templates to use, with commas between; unless set, all of them.',
  }),
  profile: choice(profiles, {
    description: 'Which pool sizes of the templates hold: for one small machine, or a cluster.',
    default: 'embedded',
  }),
});

/** Template names as they are written in a list; undefined for all. */
export function namesOf(list: string | undefined): readonly string[] | undefined {
  const names = list?.split(',').map((name) => name.trim());
  return names?.filter((name) => name !== '');
}
