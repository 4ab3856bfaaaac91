// What the stats-recorder can be told.
import {
  accessSettings,
  integer,
  optionalSecret,
  optionalText,
  rpcAddress,
  serviceSettings,
  settings,
} from '@pilotlight/config';

export const configSchema = settings({
  ...serviceSettings,
  ...accessSettings,
  rpcAddress: rpcAddress('127.0.0.1:7403'),
  databaseUrl: optionalSecret({
    description: 'PostgreSQL to record in, such as postgres://user:password@host/database.',
  }),
  databaseDir: optionalText({
    description: 'Where the embedded database keeps its files; used where there is no URL.',
  }),
  retentionDays: integer({
    description: 'Days after which records are deleted; 0 keeps everything.',
    default: 30,
    min: 0,
    max: 36_500,
  }),
  invocationRetentionDays: integer({
    description:
      'Days after which invocations of serverless functions are dropped, by whole months; 0 keeps everything.',
    default: 400,
    min: 0,
    max: 36_500,
  }),
});
