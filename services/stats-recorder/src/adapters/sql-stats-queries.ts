// Answers from the database, the same on a PostgreSQL server and on PGlite.
import type { Activity } from '@pilotlight/contracts';
import type { Database, Row } from '../app/ports.ts';
import type { StatsQueries } from '../app/query-ports.ts';
import { queryTurns } from './query-turns.ts';
import { optionalNumber, phasesOf, textOf, timeOf } from './row-values.ts';
import { changeCounts, changes, recordChange } from './sql-policy-changes.ts';
import { filterCondition, filterParameters, summaries } from './sql-summaries.ts';
import { demand, sums } from './sql-sums.ts';

const newestRequests = `select * from container_stats
  where ${filterCondition} and (not $6::boolean or code_server_available_at is null)
  order by request_received_at desc, id limit $7`;

/** `database` is asked at every question; undefined until it has been opened and migrated. */
export function sqlStatsQueries(database: () => Database | undefined): StatsQueries {
  const ask = queryTurns(database);
  return {
    summaries: (filter, limit) => summaries(ask, filter, limit),
    async activity(filter) {
      const parameters = [...filterParameters(filter), filter.failedOnly, filter.limit];
      const rows = await ask((session) => session.query(newestRequests, parameters));
      return rows.map(activityOf);
    },
    sums: (range, template) => sums(ask, range, template),
    demand: (range, template, leadTimeMs) => demand(ask, range, template, leadTimeMs),
    changes: (template, now) => changes(ask, template, now),
    changeCounts: () => changeCounts(ask),
    recordChange: (suggestion, by, now) => recordChange(ask, suggestion, { by, now }),
  };
}

function activityOf(row: Row): Activity {
  return {
    requestId: textOf(row, 'id'),
    sandboxId: textOf(row, 'container_id'),
    userId: textOf(row, 'user_id'),
    s3Bucket: textOf(row, 's3_bucket'),
    template: textOf(row, 'template'),
    node: textOf(row, 'node'),
    requestReceivedAt: timeOf(row, 'request_received_at'),
    availableAt: timeOf(row, 'code_server_available_at'),
    stoppedAt: timeOf(row, 'container_stopped_at'),
    startupMs: optionalNumber(row, 'acquisition_ms'),
    activeMs: optionalNumber(row, 'active_duration_ms'),
    shutdownReason: textOf(row, 'shutdown_reason'),
    stopReason: textOf(row, 'stop_reason'),
    fromWarmPool: row['from_warm_pool'] === true,
    phases: phasesOf(row),
    executionId: textOf(row, 'execution_id'),
    executionStatus: textOf(row, 'execution_status'),
    detail: textOf(row, 'detail'),
    clockSkewed: row['clock_skewed'] === true,
  };
}
