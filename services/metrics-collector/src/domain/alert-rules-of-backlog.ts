// Alerts on what piles up: requests, events, and records without a database.
import { minuteMs, secondMs, seconds } from './alert-figures.ts';
import type { AlertRule } from './alert-rule.ts';

export const queueDepth: AlertRule = {
  name: 'queue_depth',
  measures: 'requests in a queue of the request log, those being run included',
  unit: 'count',
  comparison: '>=',
  levels: [
    { severity: 'warning', threshold: 1_000, forMs: 5 * minuteMs },
    { severity: 'critical', threshold: 5_000, forMs: minuteMs },
  ],
  minSamples: 0,
  resolveAfterMs: minuteMs,
  labels: ['queue'],
  source:
    "The code runner's burst scenario stays below 5,000; 1,000 is as much as its sustained load runs at once.",
  meaning: 'More is asked for than is run. A full queue refuses new requests at the door.',
  remedy:
    'Look whether executions end at all (`pilotlight_running_executions`, nodes draining or gone). If they do, add nodes; if one user fills it, lower maxConcurrentPerUser.',
  readings: ({ queues }) =>
    queues.map(({ queue, depth }) => ({
      labels: { queue },
      value: depth,
      summary: `${depth} requests are in the ${queue} queue`,
    })),
};

export const queueAge: AlertRule = {
  name: 'queue_age',
  measures: 'the age of the oldest request in a queue, until its result is stored',
  unit: 'seconds',
  comparison: '>=',
  levels: [
    { severity: 'warning', threshold: 120, forMs: 0 },
    { severity: 'critical', threshold: 600, forMs: 0 },
  ],
  minSamples: 0,
  resolveAfterMs: 30 * secondMs,
  labels: ['queue'],
  source:
    'No attempt may last longer than 90 s (60 s to compile, 30 s to run); at 900 s the scheduler rejects what waits, unless set otherwise.',
  meaning: 'Somebody has waited too long: nothing runs it, or it has been tried several times.',
  remedy:
    'See whether a scheduler leads (/readyz) and whether any node has the template of the language (`pilotlight pools`).',
  readings: ({ queues }) =>
    queues.map(({ queue, oldestSeconds }) => ({
      labels: { queue },
      value: oldestSeconds,
      summary: `The oldest request of the ${queue} queue has been there for ${seconds(oldestSeconds)}`,
    })),
};

export const eventLag: AlertRule = {
  name: 'event_lag',
  measures: 'events that are stored on the bus and that a consumer has not recorded yet',
  unit: 'count',
  comparison: '>=',
  levels: [
    { severity: 'warning', threshold: 10_000, forMs: minuteMs },
    { severity: 'critical', threshold: 250_000, forMs: minuteMs },
  ],
  minSamples: 0,
  resolveAfterMs: minuteMs,
  labels: ['consumer'],
  source:
    'A recorder writes 5,000 events/s, so a minute above 10,000 is no burst. The stream keeps 1 GiB, over a million events, before it drops the oldest.',
  meaning: 'Records and analysis are behind. Far behind, events are lost.',
  remedy:
    'See whether the stats-recorder runs and its database answers; a slow database needs a faster disk or a shorter retention.',
  readings: ({ consumers }) =>
    consumers.map(({ consumer, pending, oldestSeconds }) => ({
      labels: { consumer },
      value: pending,
      summary: `${consumer} is ${pending} events behind, the oldest of ${seconds(oldestSeconds)} ago`,
    })),
};

export const databaseUnreachable: AlertRule = {
  name: 'database_unreachable',
  measures: 'whether the stats-recorder cannot reach its database (1 or 0)',
  unit: 'flag',
  comparison: '>=',
  levels: [
    { severity: 'warning', threshold: 1, forMs: 30 * secondMs },
    { severity: 'critical', threshold: 1, forMs: 10 * minuteMs },
  ],
  minSamples: 0,
  resolveAfterMs: 30 * secondMs,
  labels: [],
  source: 'A restart of Postgres takes less than 30 s; the stream keeps what is not recorded.',
  meaning:
    'Nothing is recorded. The platform is not affected, and everything is recorded once the database is back.',
  remedy: 'Start the database, or correct its address; free its disk where it is full.',
  readings: ({ database }) =>
    database === undefined
      ? []
      : [
          {
            labels: {},
            value: database.ok ? 0 : 1,
            summary: database.ok
              ? 'The database answers'
              : `The database does not answer: ${database.reason || 'no reason given'}`,
          },
        ],
};
