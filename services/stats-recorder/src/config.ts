// What the stats-recorder can be told.
import { optionalSecret, optionalText, serviceSettings, settings } from '@pilotlight/config';

export const configSchema = settings({
  ...serviceSettings,
  databaseUrl: optionalSecret({
    description: 'PostgreSQL to record in, such as postgres://user:password@host/database.',
  }),
  databaseDir: optionalText({
    description: 'Where the embedded database keeps its files; used where there is no URL.',
  }),
});
