// The analyzer's dashboard on the analyzer's tables: the specified queries, unchanged, in both databases.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { migrate, readMigrations } from '../../services/stats-recorder/src/adapters/migrate.ts';
import { sqlStatsStore } from '../../services/stats-recorder/src/adapters/sql-stats-store.ts';
import type { Database } from '../../services/stats-recorder/src/app/ports.ts';
import { Recorder } from '../../services/stats-recorder/src/app/recorder.ts';
import {
  type OpenedDatabase,
  openPgliteForTest,
  openPostgresForTest,
} from '../../services/stats-recorder/src/testing/open-databases.ts';
import { silentOutages } from '../../services/stats-recorder/src/testing/outages.ts';
import { postgresPrograms } from '../../services/stats-recorder/src/testing/postgres-server.ts';
import {
  coldStart,
  reportMessage,
  warm,
} from '../../services/stats-recorder/src/testing/reports.ts';
import { datasources } from './grafana/source/panel.ts';
import { readDashboards, sqlQueries } from './testing/dashboard-queries.ts';
import { specifiedPanels } from './testing/specified-panels.ts';

const titles = Object.keys(specifiedPanels);
const dashboard = readDashboards().find(({ uid }) => uid === 'cold-start-analyzer');

it.each(titles)('%s is provisioned as it was specified', (title) => {
  const panel = dashboard?.panels.find((one) => one.title === title);
  expect(panel?.targets?.map(({ rawSql }) => rawSql)).toEqual([specifiedPanels[title]]);
  expect(panel?.datasource).toEqual(datasources.coldStart);
});

it('is shown from the data source that was specified', () => {
  const file = join(import.meta.dirname, 'grafana/provisioning/datasources/datasources.yaml');
  const provisioned = parse(readFileSync(file, 'utf8')) as { datasources: { uid: string }[] };
  expect(
    provisioned.datasources.find(({ uid }) => uid === datasources.coldStart.uid),
  ).toMatchObject({
    name: 'ColdStart PostgreSQL',
    type: datasources.coldStart.type,
    jsonData: { sslmode: 'disable', maxOpenConns: 10, maxIdleConns: 5, connMaxLifetime: 14_400 },
  });
});

const programs = await postgresPrograms();
if (programs === undefined) console.log('skipped: PostgreSQL is not installed below /usr/lib');

const hourMs = 3_600_000;

describe.each([
  ['PGlite', openPgliteForTest, true],
  ['PostgreSQL', () => openPostgresForTest(programs ?? ''), programs !== undefined],
] as const)('its panels in %s', (_, open, isThere) => {
  describe.skipIf(!isThere)('which is there', () => {
    const functionName = "it's $1";
    const now = Date.now();
    const ago = (hours: number) => new Date(now - hours * hourMs);
    let opened: OpenedDatabase;
    let database: Database;
    let projectId: string;

    const rowsOf = async (title: string) => {
      const range = { from: ago(24), to: ago(0) };
      const queries = sqlQueries(range, { projectId, functionName });
      const query = queries.find((one) => one.panel.title === title);
      const rows = await database.query(query?.text ?? `no panel ${title}`);
      const isNumber = (value: unknown) => typeof value === 'string' && /^[\d.]+$/.test(value);
      // Exact numbers are text from one driver and numbers from the other.
      return rows.map((row) =>
        Object.fromEntries(
          Object.entries(row).map(([name, it]) => [name, isNumber(it) ? Number(it) : it]),
        ),
      );
    };

    beforeAll(async () => {
      opened = await open();
      database = opened.database;
      await migrate(database, await readMigrations());
      const made = `insert into projects (name, slug) values ('local', 'local') returning id`;
      const [local] = await database.query(made);
      projectId = String(local?.['id']);
    }, 60_000);
    afterAll(() => opened?.remove());

    it.each(titles)('%s has nothing to say of nothing', async (title) => {
      expect(await rowsOf(title)).toEqual([]);
    });

    describe('with invocations', () => {
      beforeAll(async () => {
        const store = sqlStatsStore(database);
        const recorder = new Recorder({ open: async () => store, outages: silentOutages() });
        const at = { functionName, timestamp: ago(1) };
        const receivedAt = ago(0);
        const slow = { initDurationMs: 3_000, moduleTimings: { 'aws-sdk': 950, 'a"b': 1.5 } };
        await recorder.record([
          reportMessage([coldStart(at), coldStart({ ...at, ...slow }), warm(at), warm(at)], {
            receivedAt,
          }),
          reportMessage([coldStart({ ...at, functionName: 'fast', initDurationMs: 100 })], {
            receivedAt,
          }),
          reportMessage([coldStart({ ...at, timestamp: ago(25), ...slow })], { receivedAt }),
          reportMessage([warm(at), warm(at)], { receivedAt, project: 'blue' }),
        ]);
      });

      it('shows the rate of cold starts by the hour', async () => {
        const rows = await rowsOf('Cold Start Overview');
        expect(rows).toEqual([
          { time: new Date(Math.floor((now - hourMs) / hourMs) * hourMs), cold_start_rate: 60 },
        ]);
      });

      it('shows how long init takes, slowest function first', async () => {
        expect(await rowsOf('Average Init Duration by Function')).toEqual([
          {
            function_name: functionName,
            avg_init_duration: 2_925,
            p95_init_duration: expect.closeTo(2_992.5),
          },
          { function_name: 'fast', avg_init_duration: 100, p95_init_duration: 100 },
        ]);
      });

      it('shows which modules take it', async () => {
        const rows = await rowsOf('Module Timing Breakdown');
        expect(rows.map((row) => [row['module'], row['avg_load_time_ms']])).toEqual([
          ...[
            ['aws-sdk', 900],
            ['@prisma/client', 680],
            ['moment', 340],
            ['lodash', 180],
          ],
          ...[
            ['axios', 95],
            ['./src/handlers/payment', 45],
            ['a"b', 1.5],
          ],
        ]);
      });

      it('shows how long handlers run, cold and warm', async () => {
        const rows = await rowsOf('Cold Start vs Warm Execution Time');
        const byType = new Map(rows.map((row) => [row['type'], row]));
        expect(byType.get('Cold Start')).toMatchObject({ avg_duration: 145, count: 3 });
        expect(byType.get('Warm')).toMatchObject({ avg_duration: 20, count: 2 });
      });

      it('lets choose the project, and the function of it', async () => {
        const { list } = (dashboard as unknown as Templated).templating;
        const [ofProjects = '', ofFunctions = ''] = list.map(({ query }) => query);
        expect(await database.query(ofProjects)).toEqual([
          expect.objectContaining({ __text: 'blue' }),
          { __text: 'local', __value: projectId },
        ]);
        const functions = await database.query(ofFunctions.replace('$project_id', projectId));
        expect(functions.map((row) => row['function_name']).toSorted()).toEqual([
          ...['fast', functionName],
        ]);
        expect(await database.query(ofFunctions.replace('$project_id', ''))).toEqual([]);
      });
    });
  });
});

interface Templated {
  readonly templating: { readonly list: readonly { readonly query: string }[] };
}
