// Which database there is to record in.
import type { Secret } from '@pilotlight/config';
import type { Logger } from '@pilotlight/telemetry';
import type { Database } from '../app/ports.ts';
import { openPgDatabase } from './pg-database.ts';
import { openPgliteDatabase } from './pglite-database.ts';

export interface DatabaseSettings {
  readonly databaseUrl?: Secret | undefined;
  readonly databaseDir?: string | undefined;
}

/** Opens the configured one, a server before an embedded one; undefined where none is configured. */
export function databaseOpener(
  { databaseUrl, databaseDir }: DatabaseSettings,
  logger: Pick<Logger, 'debug'>,
): (() => Promise<Database>) | undefined {
  if (databaseUrl !== undefined) {
    const onIdleError = (err: Error) => logger.debug({ err }, 'an idle connection broke');
    return () => openPgDatabase({ url: databaseUrl, onIdleError });
  }
  return databaseDir === undefined ? undefined : () => openPgliteDatabase(databaseDir);
}
