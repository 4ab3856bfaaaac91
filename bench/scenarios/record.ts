// How many events a second the stats-recorder writes into a PostgreSQL server: what waits in a private
// NATS is drained by the real process into a private database that syncs every commit to disk. All
// three share this machine.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { inheritedEnvironment } from '@pilotlight/config';
import { Scope } from '@pilotlight/lifecycle';
import { type Bus, connectBus } from '@pilotlight/messaging';
import { startNatsServer, type TestServer } from '@pilotlight/messaging/testing';
import { flagsOf } from '../../packages/cli/src/platform/services.ts';
import {
  type DayMessage,
  dayOfEvents,
} from '../../services/stats-recorder/src/testing/day-of-events.ts';
import {
  createPostgresServer,
  postgresPrograms,
} from '../../services/stats-recorder/src/testing/postgres-server.ts';
import { pause } from '../stack.ts';
import { hundredths, say } from '../statistics.ts';

/** Some 120,000 messages: a lease and an end each, a result for most, and stock that nobody wanted. */
const day = { seed: 7, requests: 42_000, onlyRows: true, oddities: false };
const publishedAtOnce = 256;
const lookEveryMs = 50;
const streams = ['SANDBOX_EVENTS', 'EXEC_RESULTS'] as const;

export async function record() {
  const scope = new Scope();
  try {
    const programs = await postgresPrograms();
    if (programs === undefined) throw new Error('PostgreSQL is not installed below /usr/lib.');
    const postgres = await createPostgresServer(programs, { durable: true });
    scope.defer('PostgreSQL', () => postgres.remove());
    await postgres.start();
    const nats = await startNatsServer();
    scope.defer('NATS', () => nats.dispose());
    const bus = await connectBus({ ...nats, servers: nats.url, name: 'bench' });
    scope.defer('bus', () => bus.close());
    const messages = dayOfEvents(day);
    say(`Publishing ${messages.length} messages …`);
    await publishAll(bus, messages);
    say('Starting the stats-recorder …');
    const recorder = startRecorder(scope, nats, postgres.url);
    const drained = await drain(bus, messages.length, recorder.pid);
    return { ...drained, rows: await recorder.rows(), events: messages.length };
  } finally {
    await scope.close();
  }
}

async function publishAll(bus: Bus, messages: readonly DayMessage[]): Promise<void> {
  const rest = messages.values();
  const publisher = async () => {
    for (const { subject, data } of rest) await bus.publish(subject, data);
  };
  await Promise.all(Array.from({ length: publishedAtOnce }, publisher));
}

/** From the first commit to the last acknowledgement; the memory between a quarter of it and the end. */
async function drain(bus: Bus, total: number, pid: number) {
  let startedAt = performance.now();
  let quarterMb: number | undefined;
  for (;;) {
    const pending = await pendingOf(bus, total);
    if (pending === total) startedAt = performance.now();
    if (pending <= total * 0.75) quarterMb ??= residentMb(pid);
    if (pending === 0) break;
    await pause(lookEveryMs);
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  const endMb = residentMb(pid);
  return {
    events_per_s: hundredths(total / seconds),
    rss_growth_mb: hundredths(endMb - (quarterMb ?? endMb)),
    rss_mb: hundredths(endMb),
  };
}

/** Not acknowledged yet, in both streams. */
async function pendingOf(bus: Bus, total: number): Promise<number> {
  const lags = await Promise.all(streams.map((it) => bus.consumerLag(it, 'stats-recorder')));
  if (lags.some((lag) => lag === undefined)) return total;
  return lags.reduce((sum, lag) => sum + (lag?.pending ?? 0), 0);
}

function residentMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1_024;
}

/** As the platform starts it; it ends with the scope. */
function startRecorder(scope: Scope, nats: TestServer, databaseUrl: string) {
  const main = new URL('../../services/stats-recorder/src/main.ts', import.meta.url).pathname;
  const recorder = spawn(process.execPath, [...flagsOf('stats-recorder'), main], {
    env: {
      ...inheritedEnvironment(),
      PILOTLIGHT_NATS_URL: nats.url,
      PILOTLIGHT_NATS_USER: nats.user,
      PILOTLIGHT_NATS_PASSWORD: nats.password,
      PILOTLIGHT_DATABASE_URL: databaseUrl,
      // The day that is recorded may be long ago.
      PILOTLIGHT_RETENTION_DAYS: '0',
      PILOTLIGHT_SUPERVISED: 'true',
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const closed = once(recorder, 'close');
  scope.defer('stats-recorder', async () => {
    recorder.kill('SIGTERM');
    await closed;
  });
  const ops = Promise.withResolvers<string>();
  let log = '';
  recorder.stdout.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-10_000);
    const address = /"ops":"([^"]+)"/.exec(log)?.[1];
    if (address !== undefined) ops.resolve(address);
  });
  if (recorder.pid === undefined) throw new Error('The stats-recorder could not be started.');
  return {
    pid: recorder.pid,
    /** Inserted or updated, as its own metrics say. */
    async rows(): Promise<number> {
      const text = await (await fetch(`http://${await ops.promise}/metrics`)).text();
      const counts = text.matchAll(/^pilotlight_stats_rows_total\{.*\} (\d+)$/gm);
      return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
    },
  };
}
