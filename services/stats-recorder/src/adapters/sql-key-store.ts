// Projects, plans and keys in PostgreSQL, the same on a server and on PGlite.
import type { KeyStore } from '../app/key-ports.ts';
import type { Database } from '../app/ports.ts';
import { arrayLiteral } from './array-literal.ts';
import { queryTurns } from './query-turns.ts';
import { adopt, planParameters } from './sql-adopted-keys.ts';
import { entitlementsOf, keyOf, keyRowsOf, projectOf } from './sql-key-rows.ts';

const planColumns = `plan.name as plan, plan.priority, plan.concurrent_executions,
  plan.queued_executions, plan.requests_per_minute, plan.queries_per_minute, plan.timeout,
  plan.memory_limit`;

const projectColumns = `project.id as project_id, project.name as project_name, project.slug,
  project.created_at as project_created_at`;

/** A project without a plan of its own is on `standard`. */
const projectsWithPlans = `projects project
  left join project_plans chosen on chosen.project_id = project.id
  join plans plan on plan.name = coalesce(chosen.plan, 'standard')`;

const keys = `select key.id, key.key_hash, key.key_prefix, key.name, coalesce(key.is_active, true) as
    is_active, key.last_used_at, key.created_at, holder.user_id, coalesce(holder.role, 'project') as role,
    ${projectColumns}, ${planColumns}
  from api_keys key
  join (${projectsWithPlans}) on project.id = key.project_id
  left join api_key_grants holder on holder.api_key_id = key.id`;

const project = `select ${projectColumns}, plan.name as plan from ${projectsWithPlans}
  where project.slug = $1`;

const putPlan = `insert into plans (name, priority, concurrent_executions, queued_executions,
    requests_per_minute, queries_per_minute, timeout, memory_limit)
  values ($1, $2, $3, $4, $5, $6, $7, $8)
  on conflict (name) do update set priority = excluded.priority,
    concurrent_executions = excluded.concurrent_executions,
    queued_executions = excluded.queued_executions,
    requests_per_minute = excluded.requests_per_minute,
    queries_per_minute = excluded.queries_per_minute, timeout = excluded.timeout,
    memory_limit = excluded.memory_limit, updated_at = now()`;

const setPlan = `insert into project_plans (project_id, plan)
  select id, $2 from projects where slug = $1
  on conflict (project_id) do update set plan = excluded.plan, updated_at = now()`;

const insertKey = `with made as (
    insert into api_keys (project_id, key_hash, key_prefix, name)
    select id, $2, $3, nullif($4, '') from projects where slug = $1
    returning id)
  insert into api_key_grants (api_key_id, user_id, role) select id, nullif($5, ''), $6 from made`;

const noteUses = `update api_keys key set last_used_at = greatest(key.last_used_at, used.at)
  from unnest($1::text::uuid[], $2::text::timestamptz[]) as used (id, at) where key.id = used.id`;

/** `database` is asked at every call; undefined until it has been opened and migrated. */
export function sqlKeyStore(database: () => Database | undefined): KeyStore {
  const ask = queryTurns(database);
  const select = (sql: string, parameters: readonly unknown[] = []) =>
    ask((session) => session.query(sql, parameters));
  const write = (sql: string, parameters: readonly unknown[]) =>
    ask((session) => session.query(sql, parameters), 'write');
  return {
    async plans() {
      const rows = await select(`select ${planColumns} from plans plan order by plan.name`);
      return rows.map(entitlementsOf);
    },
    async putPlan(plan) {
      await write(putPlan, planParameters(plan));
    },
    createProject: ({ name, slug, plan }) =>
      ask(async (session) => {
        const sql =
          'insert into projects (name, slug) values ($1, $2) on conflict do nothing returning 1';
        if ((await session.query(sql, [name, slug])).length === 0) return undefined;
        await session.query(setPlan, [slug, plan]);
        return (await session.query(project, [slug])).map(projectOf)[0];
      }, 'write'),
    async projects() {
      const sql = `select ${projectColumns}, plan.name as plan from ${projectsWithPlans} order by slug`;
      return (await select(sql)).map(projectOf);
    },
    setProjectPlan: (slug, plan) =>
      ask(async (session) => {
        await session.query(setPlan, [slug, plan]);
        return (await session.query(project, [slug])).map(projectOf)[0];
      }, 'write'),
    createKey: ({ hash, prefix, name, project: slug, userId, role }) =>
      ask(async (session) => {
        await session.query(insertKey, [slug, hash, prefix, name, userId, role]);
        const rows = await session.query(`${keys} where key.key_hash = $1`, [hash]);
        return keyRowsOf(rows).get(hash);
      }, 'write'),
    async removeKey(id) {
      await write('delete from api_keys where id = $1', [id]);
    },
    async keys(slug) {
      const sql = `${keys} where $1::text = '' or project.slug = $1
        order by key.created_at desc, key.id`;
      return (await select(sql, [slug])).map(keyOf);
    },
    rows: async () => keyRowsOf(await select(keys)),
    async revoke(ids) {
      const sql = 'update api_keys set is_active = false where id = any($1::text::uuid[])';
      await write(sql, [arrayLiteral(ids)]);
    },
    adopt: (wanted) => ask((session) => adopt(session, wanted), 'write'),
    async noteUses(uses) {
      const times = [...uses.values()].map((at) => at.toISOString());
      await write(noteUses, [arrayLiteral([...uses.keys()]), arrayLiteral(times)]);
    },
  };
}
