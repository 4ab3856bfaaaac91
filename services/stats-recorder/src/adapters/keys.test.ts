// Keys on PGlite and on a PostgreSQL server: their rows, their mirror, and what happens where one is away.
import {
  type ApiKey,
  Entitlements,
  fromJsonBytes,
  hashOfKey,
  isKey,
  StoredKey,
} from '@pilotlight/contracts';
import { ManualClock } from '@pilotlight/lifecycle';
import { createMemoryBus, type KeyValue } from '@pilotlight/messaging';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { KeyUpkeep } from '../app/key-upkeep.ts';
import { Keys } from '../app/keys.ts';
import type { Database } from '../app/ports.ts';
import { type BreakableBucket, breakable } from '../testing/breakable-bucket.ts';
import {
  type OpenedDatabase,
  openPgliteForTest,
  openPostgresForTest,
} from '../testing/open-databases.ts';
import { silentOutages } from '../testing/outages.ts';
import { postgresPrograms } from '../testing/postgres-server.ts';
import { kvKeyMirror, kvKeyUses } from './kv-keys.ts';
import { migrate, readMigrations } from './migrate.ts';
import { sqlKeyStore } from './sql-key-store.ts';

const programs = await postgresPrograms();
if (programs === undefined) console.log('skipped: PostgreSQL is not installed below /usr/lib');

/** The tables of the Cold Start Analyzer, column by column. */
const specified = {
  projects: [
    'id uuid required gen_random_uuid()',
    'name character varying(255) required',
    'slug character varying(100) required',
    'created_at timestamp with time zone now()',
    'updated_at timestamp with time zone now()',
  ],
  api_keys: [
    'id uuid required gen_random_uuid()',
    'project_id uuid required',
    'key_hash character varying(255) required',
    'key_prefix character varying(10) required',
    'name character varying(255)',
    'is_active boolean true',
    'last_used_at timestamp with time zone',
    'created_at timestamp with time zone now()',
  ],
};

describe.each([
  ['PGlite', openPgliteForTest, true],
  ['PostgreSQL', () => openPostgresForTest(programs ?? ''), programs !== undefined],
] as const)('keys in %s', (_, open, isThere) => {
  describe.skipIf(!isThere)('which is there', () => {
    let opened: OpenedDatabase;
    let database: Database;
    /** As the service sees it; undefined while it is away. */
    let known: Database | undefined;
    let keys: Keys;
    let upkeep: KeyUpkeep;
    let mirror: BreakableBucket;
    let uses: KeyValue;
    let differences: number;
    const warnings: string[] = [];

    beforeAll(async () => {
      opened = await open();
      database = opened.database;
      await migrate(database, await readMigrations());
    }, 60_000);
    afterAll(() => opened?.remove());
    beforeEach(async () => {
      known = database;
      differences = 0;
      warnings.length = 0;
      await database.script("delete from projects; delete from plans where name = 'gold'");
      const bus = createMemoryBus();
      mirror = breakable(await bus.bucket('keys'));
      uses = await bus.bucket('key_uses');
      const store = sqlKeyStore(() => known);
      const written = kvKeyMirror(mirror.bucket);
      keys = new Keys({
        store,
        mirror: written,
        differing: () => {
          differences += 1;
        },
      });
      upkeep = new KeyUpkeep({
        ...{ store, mirror: written, uses: kvKeyUses(uses), outages: silentOutages() },
        clock: new ManualClock(),
        logger: {
          info: () => undefined,
          warn: (__, text) => warnings.push(text),
        },
      });
      await keys.createProject({ name: 'Blue', slug: '', plan: '' });
    });

    const createKey = async (changes: Partial<Parameters<Keys['createKey']>[0]> = {}) => {
      const request = { project: 'blue', name: 'ci', userId: '', role: '', ...changes };
      const { key, details } = await keys.createKey(request);
      return { key, hash: hashOfKey(key), details: details as ApiKey };
    };
    const mirrored = async (hash: string) => {
      const entry = await mirror.bucket.get(hash);
      return entry && fromJsonBytes(StoredKey, entry.value);
    };
    const isActiveIn = async (hash: string) => {
      const [row] = await database.query('select is_active from api_keys where key_hash = $1', [
        hash,
      ]);
      return { row: row?.['is_active'], mirror: (await mirrored(hash))?.details?.active };
    };

    it.each(['projects', 'api_keys'] as const)('has the table %s as specified', async (table) => {
      const rows = await database.query(
        `select column_name, data_type, character_maximum_length as length, is_nullable, column_default
         from information_schema.columns where table_name = $1 order by ordinal_position`,
        [table],
      );
      const described = rows.map(
        ({ column_name, data_type, length, is_nullable, column_default }) =>
          [
            column_name,
            length === null ? data_type : `${data_type}(${length})`,
            ...(is_nullable === 'NO' ? ['required'] : []),
            ...(column_default === null ? [] : [column_default]),
          ].join(' '),
      );
      expect(described).toEqual(specified[table]);
    });

    it('has the indexes and the constraints as specified', async () => {
      const indexes = await database.query(
        "select indexname, indexdef from pg_indexes where tablename in ('projects', 'api_keys')",
      );
      const columnsOf = (name: string) =>
        /\((.*)\)/.exec(
          String(indexes.find(({ indexname }) => indexname === name)?.['indexdef']),
        )?.[1];
      expect(columnsOf('idx_api_keys_key_hash')).toBe('key_hash');
      expect(columnsOf('idx_api_keys_project_id')).toBe('project_id');
      const constraints = await database.query(
        `select pg_get_constraintdef(oid) as text from pg_constraint
         where conrelid in ('projects'::regclass, 'api_keys'::regclass) and contype in ('p', 'u', 'f')`,
      );
      expect(constraints.map(({ text }) => text).toSorted()).toEqual([
        'FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE',
        'PRIMARY KEY (id)',
        'PRIMARY KEY (id)',
        'UNIQUE (slug)',
      ]);
    });

    it('has three plans from the start', async () => {
      const plans = await keys.plans();
      expect(plans.map(({ plan, priority }) => [plan, priority])).toEqual([
        ['free', 'low'],
        ['premium', 'high'],
        ['standard', 'normal'],
      ]);
      expect(plans[1]).toMatchObject({ requestsPerMinute: 10_000, queriesPerMinute: 100 });
    });

    it('makes a key, of which only the hash is kept', async () => {
      const { key, hash, details } = await createKey({ userId: 'ann' });
      expect(isKey(key)).toBe(true);
      expect(details).toEqual({
        ...{ id: expect.stringMatching(/^[0-9a-f-]{36}$/), prefix: key.slice(0, 8), name: 'ci' },
        ...{ project: 'blue', userId: 'blue:ann', role: 'project', active: true },
        ...{ lastUsedAt: undefined, createdAt: expect.any(Date) },
      });
      expect(await mirrored(hash)).toMatchObject({
        details,
        entitlements: { plan: 'standard', concurrentExecutions: 50 },
      });
      expect(await keys.keys('blue')).toEqual([details]);
      expect(await keys.keys('red')).toEqual([]);
      const rows = await database.query('select * from api_keys');
      expect(rows).toMatchObject([{ key_hash: hash, key_prefix: key.slice(0, 8) }]);
      expect(JSON.stringify(rows)).not.toContain(key);
      expect(Buffer.from((await mirror.bucket.get(hash))?.value ?? []).toString()).not.toContain(
        key,
      );
    });

    it('lists the newest first', async () => {
      for (const name of ['one', 'two', 'three']) await createKey({ name });
      expect((await keys.keys('')).map(({ name }) => name)).toEqual(['three', 'two', 'one']);
    });

    it('makes a slug from the name, and refuses one that is taken', async () => {
      const project = await keys.createProject({ name: 'Größe & Co', slug: '', plan: 'premium' });
      expect(project).toMatchObject({ name: 'Größe & Co', slug: 'gro-e-co', plan: 'premium' });
      await expect(keys.createProject({ name: 'blue!', slug: '', plan: '' })).rejects.toMatchObject(
        {
          code: 'conflict',
          details: [{ field: 'slug', problem: 'is taken' }],
        },
      );
      expect((await keys.projects()).map(({ slug }) => slug)).toEqual(['blue', 'gro-e-co']);
    });

    it('says what there is not', async () => {
      const missing = (field: string) => ({ code: 'not_found', details: [{ field }] });
      const red = { name: 'red', slug: '', plan: 'silver' };
      await expect(keys.createProject(red)).rejects.toMatchObject(missing('plan'));
      await expect(createKey({ project: 'red' })).rejects.toMatchObject(missing('project'));
      await expect(keys.revokeKey('csa_0000')).rejects.toMatchObject(missing('key'));
      const move = { project: 'red', plan: 'free' };
      await expect(keys.setProjectPlan(move)).rejects.toMatchObject(missing('project'));
      const plan = { project: 'blue', plan: 'silver' };
      await expect(keys.setProjectPlan(plan)).rejects.toMatchObject(missing('plan'));
    });

    it('puts the keys of a project on another plan, and those of a plan on its new terms', async () => {
      const { hash } = await createKey();
      const { hash: revoked, details } = await createKey();
      await keys.revokeKey(details.id);
      await keys.createProject({ name: 'red', slug: '', plan: 'free' });
      const { hash: other } = await createKey({ project: 'red' });
      const gold = Entitlements.fromPartial({ plan: 'gold', priority: 'high', timeout: 5 });
      await keys.putPlan(gold);
      expect(await keys.setProjectPlan({ project: 'blue', plan: 'gold' })).toMatchObject({
        plan: 'gold',
      });
      expect((await mirrored(hash))?.entitlements).toEqual(gold);
      expect((await mirrored(other))?.entitlements?.plan).toBe('free');
      await keys.putPlan({ ...gold, timeout: 7 });
      expect((await mirrored(hash))?.entitlements?.timeout).toBe(7);
      expect(await isActiveIn(revoked)).toEqual({ row: false, mirror: false });
      expect((await keys.plans()).find(({ plan }) => plan === 'gold')?.timeout).toBe(7);
    });

    it('revokes by id and by prefix, as often as one likes', async () => {
      const [one, two, three] = [await createKey(), await createKey(), await createKey()];
      expect(await keys.revokeKey(one.details.id)).toMatchObject({ active: false });
      expect(await keys.revokeKey(one.details.id)).toMatchObject({ active: false });
      await keys.revokeKey(two.details.prefix);
      const inactive = { row: false, mirror: false };
      expect([await isActiveIn(one.hash), await isActiveIn(two.hash)]).toEqual([
        inactive,
        inactive,
      ]);
      expect(await isActiveIn(three.hash)).toEqual({ row: true, mirror: true });
    });

    it('does not guess which of two keys a prefix means', async () => {
      const [one, two] = [await createKey(), await createKey()];
      await database.query("update api_keys set key_prefix = 'csa_same'");
      await upkeep.round();
      await expect(keys.revokeKey('csa_same')).rejects.toMatchObject({
        code: 'invalid_argument',
        details: [{ field: 'key', problem: expect.stringContaining('2 keys') }],
      });
      const active = { row: true, mirror: true };
      expect([await isActiveIn(one.hash), await isActiveIn(two.hash)]).toEqual([active, active]);
    });

    it('revokes without the database, whose row follows when it is back', async () => {
      const { hash, details } = await createKey();
      known = undefined;
      expect(await keys.revokeKey(details.prefix)).toMatchObject({ id: details.id, active: false });
      expect(await isActiveIn(hash)).toEqual({ row: true, mirror: false });
      expect(differences).toBe(1);
      await expect(upkeep.round()).rejects.toMatchObject({ code: 'unavailable' });
      known = database;
      await upkeep.round();
      expect(await isActiveIn(hash)).toEqual({ row: false, mirror: false });
    });

    it('needs the database for everything else', async () => {
      known = undefined;
      const refused = { code: 'unavailable' };
      await expect(createKey()).rejects.toMatchObject(refused);
      await expect(keys.keys('')).rejects.toMatchObject(refused);
      await expect(keys.plans()).rejects.toMatchObject(refused);
      await expect(keys.revokeKey('csa_none')).rejects.toMatchObject(refused);
    });

    it('leaves no row of a key that could not be told to anyone', async () => {
      mirror.isAway = true;
      await expect(createKey()).rejects.toMatchObject({ code: 'unavailable' });
      expect(await keys.keys('')).toEqual([]);
    });

    it('revokes in the mirror what is revoked in its row', async () => {
      const { hash } = await createKey();
      await database.query('update api_keys set is_active = false');
      await upkeep.round();
      expect(await isActiveIn(hash)).toEqual({ row: false, mirror: false });
    });

    it('puts active keys into a mirror that was lost', async () => {
      const { hash } = await createKey();
      const { hash: revoked, details } = await createKey();
      await keys.revokeKey(details.id);
      for (const one of [hash, revoked]) await mirror.bucket.remove(one);
      await upkeep.round();
      expect(await isActiveIn(hash)).toEqual({ row: true, mirror: true });
      expect(await isActiveIn(revoked)).toEqual({ row: false, mirror: undefined });
    });

    it('gives the keys of a database that was lost their rows back', async () => {
      await keys.putPlan(Entitlements.fromPartial({ plan: 'gold', priority: 'high', timeout: 5 }));
      await keys.setProjectPlan({ project: 'blue', plan: 'gold' });
      const { hash, details } = await createKey({ userId: 'ann' });
      const before = await mirrored(hash);
      await database.script("delete from projects; delete from plans where name = 'gold'");
      expect(await keys.keys('')).toEqual([]);
      await upkeep.round();
      expect(await keys.keys('blue')).toEqual([details]);
      expect((await keys.projects())[0]).toMatchObject({ slug: 'blue', plan: 'gold' });
      expect(warnings).toHaveLength(1);
      await upkeep.round();
      expect(await mirrored(hash)).toEqual(before);
      expect(warnings).toHaveLength(1);
    });

    it('gives keys their rows back below a project that a report has made meanwhile', async () => {
      await keys.setProjectPlan({ project: 'blue', plan: 'premium' });
      const { hash, details } = await createKey();
      await database.script(
        "delete from projects; insert into projects (name, slug) values ('blue', 'blue')",
      );
      await upkeep.round();
      expect(await keys.keys('blue')).toEqual([details]);
      const [project] = await keys.projects();
      expect(project).toMatchObject({ slug: 'blue', plan: 'premium' });
      await upkeep.round();
      expect((await mirrored(hash))?.projectId).toBe(project?.id);
    });

    it('notes the last use, and never an earlier one', async () => {
      const [one, two] = [await createKey(), await createKey()];
      const put = (id: string, at: string) => uses.put(id, Buffer.from(at));
      await put(one.details.id, '2026-01-01T10:01:00.000Z');
      await put('no-id-of-a-key', '2026-01-01T10:01:00.000Z');
      await put('00000000-0000-4000-8000-000000000000', '2026-01-01T10:01:00.000Z');
      await put(two.details.id, 'yesterday');
      const usedAt = async () =>
        new Map((await keys.keys('')).map(({ id, lastUsedAt }) => [id, lastUsedAt?.toISOString()]));
      await upkeep.round();
      expect((await usedAt()).get(one.details.id)).toBe('2026-01-01T10:01:00.000Z');
      expect((await usedAt()).get(two.details.id)).toBeUndefined();
      await put(one.details.id, '2026-01-01T10:00:00.000Z');
      await put(two.details.id, '2026-01-01T10:02:00.000Z');
      await upkeep.round();
      expect((await usedAt()).get(one.details.id)).toBe('2026-01-01T10:01:00.000Z');
      expect((await usedAt()).get(two.details.id)).toBe('2026-01-01T10:02:00.000Z');
      expect((await mirrored(two.hash))?.details?.lastUsedAt).toBeUndefined();
    });
  });
});
