// The dashboards' queries on what they will meet: Prometheus' own parser, and the migrated schema.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '@pilotlight/config';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate, readMigrations } from '../../services/stats-recorder/src/adapters/migrate.ts';
import { openPgDatabase } from '../../services/stats-recorder/src/adapters/pg-database.ts';
import { openPgliteDatabase } from '../../services/stats-recorder/src/adapters/pglite-database.ts';
import type { Database } from '../../services/stats-recorder/src/app/ports.ts';
import {
  createPostgresServer,
  postgresPrograms,
} from '../../services/stats-recorder/src/testing/postgres-server.ts';
import { dashboards } from './grafana/source/dashboards.ts';
import { promQueries, readDashboards, sqlQueries } from './testing/dashboard-queries.ts';
import { programOnPath } from './testing/programs.ts';
import { seed, seededFunction, seededRange } from './testing/seed.ts';

describe('the dashboards', () => {
  const files = readDashboards();
  const panels = files
    .flatMap((file) => file.panels)
    .filter(({ type }) => type !== 'row')
    .map((panel) => [panel.title, panel] as const);

  it('are those of the source', () => {
    expect(files.map(({ uid }) => uid).toSorted()).toEqual(
      dashboards.map(({ uid }) => uid).toSorted(),
    );
  });

  it.each(panels)('%s says what it shows, and that there is nothing', (_, panel) => {
    expect(panel.description).toMatch(/\.$/);
    expect(panel.targets).not.toHaveLength(0);
    if (panel.type === 'logs') return;
    expect(panel.fieldConfig?.defaults.noValue).toBe('no data');
    if (panel.datasource?.type !== 'tempo') expect(panel.fieldConfig?.defaults.unit).toBeDefined();
  });

  it.each(files.map((file) => [file.title, file] as const))(
    '%s has no panel upon another',
    (_, file) => {
      const taken = new Set<string>();
      for (const { gridPos, title } of file.panels) {
        expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
            expect(taken, title).not.toContain(`${x} ${y}`);
            taken.add(`${x} ${y}`);
          }
        }
      }
    },
  );
});

const promtool = programOnPath('promtool');
if (promtool === undefined) console.log('skipped: promtool is not installed (Debian: prometheus)');

describe.skipIf(promtool === undefined)('promtool', () => {
  const check = async (expressions: readonly string[]) => {
    const folder = await mkdtemp(join(tmpdir(), 'pilotlight-promtool-'));
    try {
      const rules = expressions.map((expr, index) => ({ record: `dashboards:q${index}`, expr }));
      const file = join(folder, 'rules.yml');
      // JSON is YAML.
      await writeFile(file, JSON.stringify({ groups: [{ name: 'dashboards', rules }] }));
      return execFileSync(promtool ?? '', ['check', 'rules', file], {
        encoding: 'utf8',
        stdio: 'pipe',
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  };

  it('parses every expression', async () => {
    const queries = promQueries();
    expect(queries.length).toBeGreaterThan(60);
    for (const { text, where } of queries) expect(text, where).not.toMatch(/\$/);
    expect(await check(queries.map(({ text }) => text))).toContain(`${queries.length} rules found`);
  });

  it('would refuse one that is none', async () => {
    await expect(check(['sum by (template (up)'])).rejects.toThrow(/parse error/);
  });
});

interface Opened {
  readonly database: Database;
  /** As whom Grafana asks. */
  readonly reader: Database;
  remove(): Promise<void>;
}

async function pglite(): Promise<Opened> {
  const base = await mkdtemp(join(tmpdir(), 'pilotlight-pglite-'));
  const database = await openPgliteDatabase(join(base, 'data'));
  return {
    database,
    reader: database,
    async remove() {
      await database.close();
      await rm(base, { recursive: true, force: true });
    },
  };
}

const programs = await postgresPrograms();
if (programs === undefined) console.log('skipped: PostgreSQL is not installed below /usr/lib');

async function postgres(): Promise<Opened> {
  if (programs === undefined) throw new Error('no PostgreSQL');
  const server = await createPostgresServer(programs);
  await server.start();
  const url = new URL(server.url);
  makeReader(url);
  // The server may end before it has read that the client has.
  const onIdleError = () => undefined;
  const database = await openPgDatabase({ url: new Secret(url.href), onIdleError });
  url.username = 'grafana';
  const reader = await openPgDatabase({ url: new Secret(url.href), onIdleError });
  return {
    database,
    reader,
    async remove() {
      await reader.close();
      await database.close();
      await server.remove();
    },
  };
}

/** As the container does when it makes the database. */
function makeReader({ hostname, port, username }: URL): void {
  execFileSync('sh', [join(import.meta.dirname, 'postgres/reader.sh')], {
    env: {
      ...process.env,
      ...{ PGHOST: hostname, PGPORT: port, POSTGRES_USER: username, POSTGRES_DB: 'postgres' },
      GRAFANA_DATABASE_PASSWORD: "it's secret",
    },
    stdio: 'pipe',
  });
}

describe.each([
  ['PGlite', pglite, true],
  ['PostgreSQL', postgres, programs !== undefined],
] as const)('the SQL of the dashboards in %s', (_, open, isThere) => {
  describe.skipIf(!isThere)('which is there', () => {
    const queries = sqlQueries(seededRange, seededFunction);
    let opened: Opened;
    const ask = (sql: string) => opened.reader.query(sql);
    const rowsOf = async (title: string) => {
      const query = queries.find(({ panel }) => panel.title === title);
      return ask(query?.text ?? `no panel ${title}`);
    };

    beforeAll(async () => {
      opened = await open();
      await migrate(opened.database, await readMigrations());
    }, 60_000);
    afterAll(() => opened?.remove());

    it('has something to say, or nothing, of an empty database', async () => {
      for (const { text, where } of queries) {
        expect(text, where).not.toMatch(/\$[_{a-z]/);
        await expect(ask(text), where).resolves.toBeInstanceOf(Array);
      }
      expect(await rowsOf('Warm pool hit rate')).toEqual([
        { overall: null, 'peak hours': null, 'off-peak': null },
      ]);
      expect(await rowsOf('Lazy loading')).toEqual([{ 'lazy loading': null }]);
      const targets = await rowsOf('Targets');
      expect(targets.map(({ status }) => status)).toEqual(Array(5).fill('no data'));
    });

    describe('with rows', () => {
      beforeAll(() => seed(opened.database));

      it.each(queries.map((query) => [query.where, query] as const))(
        'answers %s',
        async (_, query) => {
          const rows = await ask(query.text);
          expect(rows).not.toHaveLength(0);
          const columns = Object.keys(rows[0] ?? {});
          for (const { matcher } of query.panel.fieldConfig?.overrides ?? []) {
            expect(columns).toContain(matcher.options);
          }
          if (query.panel.type !== 'timeseries') return;
          const times = rows.map((row) => Number(row['time']));
          expect(times).toEqual(times.toSorted((a, b) => a - b));
          expect(times.every((at) => at * 1_000 >= seededRange.from.getTime())).toBe(true);
        },
      );

      // The embedded database has one user only.
      if (open === postgres) {
        it('lets Grafana only read', async () => {
          const write = 'delete from container_stats';
          await expect(opened.reader.query(write)).rejects.toThrow(/permission denied|read-only/);
        });
      }

      it('computes what the dashboard of cold starts shows', async () => {
        expect(await rowsOf('Latency')).toEqual([
          { p50: 10, p90: expect.closeTo(1_810), p99: expect.closeTo(2_881), max: 3_000 },
        ]);
        expect(await rowsOf('Requests')).toEqual([{ served: '8', failed: '1' }].map(likeNumbers));
        expect(await rowsOf('Warm pool hit rate')).toEqual([
          { overall: 0.75, 'peak hours': 1, 'off-peak': 0 },
        ]);
        expect(await rowsOf('Image caching')).toEqual([
          { 'image caching': expect.closeTo(-2_500) },
        ]);
        expect(await rowsOf('Warm pools')).toEqual([{ 'warm pools': expect.closeTo(-2_140) }]);
        expect(await rowsOf('Lazy loading')).toEqual([{ 'lazy loading': expect.closeTo(-400) }]);
        expect(await rowsOf('Total improvement')).toEqual([
          { 'total improvement': expect.closeTo(1 - 545 / 3_000) },
        ]);
        expect((await rowsOf('Targets')).map(({ metric, status }) => [metric, status])).toEqual([
          ['P50 (warm pool)', 'met'],
          ['P90 (cold start)', 'met'],
          ['P99', 'met'],
          ['Warm pool hit rate', 'missed'],
          ['Image pull time', 'missed'],
        ]);
      });
    });
  });
});

/** Counts are text from one driver and numbers from the other. */
function likeNumbers(row: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(row).map(([name, count]) => [
      name,
      expect.toSatisfy((it) => String(it) === count),
    ]),
  );
}
