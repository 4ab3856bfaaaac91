// A PostgreSQL server that is there and cannot write: told once, and everything recorded afterwards.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '@pilotlight/config';
import { systemClock } from '@pilotlight/lifecycle';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { consumption } from '../app/consume.ts';
import { Outages } from '../app/outages.ts';
import { type Database, RowRejected } from '../app/ports.ts';
import { Recorder } from '../app/recorder.ts';
import { eventMessage, leased } from '../testing/events.ts';
import {
  createPostgresServer,
  type PostgresServer,
  postgresPrograms,
} from '../testing/postgres-server.ts';
import { mountSmallDisk } from '../testing/small-disk.ts';
import { migrate, readMigrations } from './migrate.ts';
import { openPgDatabase } from './pg-database.ts';
import { sqlError } from './sql-errors.ts';
import { sqlStatsStore } from './sql-stats-store.ts';

const programs = await postgresPrograms();
if (programs === undefined) console.log('skipped: PostgreSQL is not installed below /usr/lib');
const mayMount = process.getuid?.() === 0;
if (!mayMount) console.log('skipped: a full disk needs root, to mount a small one');

describe.skipIf(programs === undefined)('a server in trouble', () => {
  let server: PostgresServer;
  let operator: Database;
  const openAs = (url: string) =>
    openPgDatabase({ url: new Secret(url), onIdleError: () => undefined });
  const recorderUrl = () =>
    server.url.replace('pilotlight@', 'recorder@').concat('?statement_timeout=200');

  beforeAll(async () => {
    server = await createPostgresServer(programs ?? '');
    await server.start();
    operator = await openAs(server.url);
    await migrate(operator, await readMigrations());
    await operator.script('create role recorder login superuser connection limit 3');
  });
  afterAll(async () => {
    await operator?.close();
    await server?.remove();
  });
  beforeEach(() => operator.script('delete from container_stats'));

  /** One batch through a reader: `troubled` when it has failed twice, `reasons` of each change. */
  function read() {
    const said: string[] = [];
    const reasons: string[] = [];
    const troubled = Promise.withResolvers<void>();
    const logger = {
      info: (text: string) => void said.push(`info ${text}`),
      warn: (_: object, text: string) => void said.push(`warn ${text}`),
    };
    const outages = new Outages(logger, systemClock);
    outages.onChange(() => reasons.push(outages.health.reason));
    const recorder = new Recorder({
      open: async () => sqlStatsStore(await openAs(recorderUrl())),
      outages,
    });
    let attempts = 0;
    const counting = {
      record(...args: Parameters<Recorder['record']>) {
        attempts += 1;
        if (attempts === 3) troubled.resolve();
        return recorder.record(...args);
      },
    };
    const ended = new AbortController().signal;
    const reading = {
      name: 'test',
      stream: 'SANDBOX_EVENTS',
      recorder: counting,
      clock: systemClock,
      ended,
    } as const;
    const batch = [
      { ...eventMessage(leased()), stream: 'SANDBOX_EVENTS', storedAt: new Date() },
    ] as const;
    return {
      said,
      reasons,
      recorder,
      troubled: troubled.promise,
      handled: consumption(reading).handle(batch),
    };
  }

  const troubles = [
    {
      what: 'is read-only',
      reason: 'it is read-only',
      async begin() {
        await operator.script('alter role recorder set default_transaction_read_only = on');
        return () =>
          operator.script(
            `alter role recorder reset default_transaction_read_only;
           select pg_terminate_backend(pid) from pg_stat_activity where usename = 'recorder'`,
          );
      },
    },
    {
      what: 'waits for a lock that another holds',
      reason: 'a statement took too long',
      async begin() {
        const released = Promise.withResolvers<void>();
        const locked = Promise.withResolvers<void>();
        const holding = operator.transaction(async (session) => {
          await session.script('lock table container_stats in access exclusive mode');
          locked.resolve();
          await released.promise;
        });
        await locked.promise;
        return async () => {
          released.resolve();
          await holding;
        };
      },
    },
    {
      what: 'has too many connections',
      reason: 'it has too many connections',
      async begin() {
        await operator.script(
          'alter role recorder connection limit 0; alter role recorder nosuperuser',
        );
        return () => operator.script('alter role recorder superuser connection limit 3');
      },
    },
    {
      what: 'has a full disk',
      reason: 'its disk is full',
      async begin() {
        const folder = await mkdtemp(join(tmpdir(), 'pilotlight-small-disk-'));
        const disk = await mountSmallDisk(folder, '1m');
        onTestFinished(async () => {
          await disk.unmount();
          await rm(folder, { recursive: true });
        });
        onTestFinished(async () => {
          await operator.query('alter table container_stats set tablespace pg_default');
          await operator.query('drop tablespace small');
        });
        await operator.query(`create tablespace small location '${folder}'`);
        await operator.script(
          `truncate container_stats; alter table container_stats set tablespace small;
           create table filler (text text) tablespace small`,
        );
        const fill = () => operator.query(`insert into filler values (repeat('x', 1000))`);
        await expect(untilItFails(fill)).rejects.toMatchObject({ code: '53100' });
        return () => operator.script('drop table filler');
      },
    },
  ];

  it.each(troubles.filter(({ what }) => mayMount || what !== 'has a full disk'))(
    'that $what is told of once, and catches up',
    async ({ reason, begin }) => {
      const end = await begin();
      const { said, reasons, recorder, troubled, handled } = read();
      try {
        await troubled;
        await end();
        await handled;
        expect(said.map((line) => line.split(' ', 1)[0])).toEqual(['warn', 'info']);
        expect(reasons.filter(Boolean)).toEqual([reason]);
        const rows = await operator.query('select 1 from container_stats');
        expect(rows).toHaveLength(1);
        expect(await operator.query('select 1 from dead_letters')).toEqual([]);
      } finally {
        await recorder.close();
      }
    },
  );
});

async function untilItFails(work: () => Promise<unknown>): Promise<never> {
  for (;;) await work();
}

it.each(['53100', '53200', '53300', '25006', '57014', '40P01', '57P03', 'ECONNREFUSED'])(
  'error %s is about the database and not about the row',
  (code) => {
    expect(sqlError(Object.assign(new Error('it'), { code }))).not.toBeInstanceOf(RowRejected);
  },
);
