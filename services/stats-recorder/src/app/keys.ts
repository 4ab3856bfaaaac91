// Projects, their plans and their keys: who may use the platform, and how much. Rows come first, but for
// a revocation, which has to work without the database.
import {
  type ApiKey,
  type CreateKeyRequest,
  type CreateKeyResponse,
  type CreateProjectRequest,
  type Entitlements,
  type FieldError,
  hashOfKey,
  invalidFields,
  newKey,
  PlatformError,
  type Project,
  prefixOfKey,
  type SetProjectPlanRequest,
  type StoredKey,
} from '@pilotlight/contracts';
import {
  keyProblems,
  planProblems,
  projectProblems,
  slugFrom,
  slugProblem,
  userOf,
} from '../domain/key-checks.ts';
import type { KeysByHash } from '../domain/reconcile-keys.ts';
import type { KeyMirrorWriter, KeyStore } from './key-ports.ts';

const usualPlan = 'standard';

export interface KeysOptions {
  readonly store: KeyStore;
  readonly mirror: KeyMirrorWriter;
  /** To be called where rows and mirror may differ. */
  readonly differing: () => void;
}

/** Each rejects `invalid_argument` with every field that is wrong, else as its ports do. */
export class Keys {
  readonly #store: KeyStore;
  readonly #mirror: KeyMirrorWriter;
  readonly #differing: () => void;

  constructor({ store, mirror, differing }: KeysOptions) {
    this.#store = store;
    this.#mirror = mirror;
    this.#differing = differing;
  }

  plans(): Promise<readonly Entitlements[]> {
    return this.#store.plans();
  }

  async putPlan(plan: Entitlements): Promise<Entitlements> {
    refuse(planProblems(plan));
    await this.#store.putPlan(plan);
    await this.#follow((key) => key.entitlements?.plan === plan.plan);
    return plan;
  }

  projects(): Promise<readonly Project[]> {
    return this.#store.projects();
  }

  async createProject({ name, slug: given, plan: wanted }: CreateProjectRequest): Promise<Project> {
    const slug = given === '' ? slugFrom(name) : given;
    const plan = wanted === '' ? usualPlan : wanted;
    refuse(projectProblems({ name, slug }));
    await this.#needPlan(plan);
    const project = await this.#store.createProject({ name, slug, plan });
    if (project !== undefined) return project;
    const details = [{ field: 'slug', problem: 'is taken' }];
    throw new PlatformError('conflict', `There is a project ${slug} already.`, { details });
  }

  async setProjectPlan({ project: slug, plan }: SetProjectPlanRequest): Promise<Project> {
    refuse([slugProblem('project', slug), slugProblem('plan', plan)]);
    await this.#needPlan(plan);
    const project = await this.#store.setProjectPlan(slug, plan);
    if (project === undefined) throw noProject(slug);
    await this.#follow((key) => key.details?.project === slug);
    return project;
  }

  async createKey(request: CreateKeyRequest): Promise<CreateKeyResponse> {
    const { project, name } = request;
    const role = request.role === '' ? 'project' : request.role;
    refuse(keyProblems({ ...request, role }));
    const userId = userOf(project, request.userId);
    const key = newKey();
    const [hash, prefix] = [hashOfKey(key), prefixOfKey(key)];
    const stored = await this.#store.createKey({ hash, prefix, name, project, userId, role });
    if (stored === undefined) throw noProject(project);
    await this.#mirrorNewKey(hash, stored);
    return { key, details: stored.details };
  }

  async keys(project: string): Promise<readonly ApiKey[]> {
    if (project !== '') refuse([slugProblem('project', project)]);
    return this.#store.keys(project);
  }

  /** Takes effect in the mirror; the row follows, at the latest when the database is back. */
  async revokeKey(wanted: string): Promise<ApiKey> {
    const [hash, key] = await this.#find(wanted);
    const details = { ...keyOf(key), active: false };
    await this.#mirror.revoke(hash, { ...key, details });
    try {
      await this.#store.revoke([details.id]);
    } catch {
      this.#differing();
    }
    return details;
  }

  /** By id or prefix; in the rows only where the mirror does not have it. */
  async #find(wanted: string): Promise<readonly [hash: string, key: StoredKey]> {
    if (wanted === '') refuse([{ field: 'key', problem: 'is missing' }]);
    const mirrored = matching(await this.#mirror.all(), wanted);
    const found = mirrored.length > 0 ? mirrored : matching(await this.#store.rows(), wanted);
    const [first] = found;
    if (first === undefined) {
      const details = [{ field: 'key', problem: 'is no id and no prefix of a key' }];
      throw new PlatformError('not_found', 'There is no such key.', { details });
    }
    if (found.length > 1) {
      const problem = `is the prefix of ${found.length} keys: give the id of one`;
      refuse([{ field: 'key', problem }]);
    }
    return first;
  }

  /** Puts what the rows now say of these keys into the mirror. */
  async #follow(isConcerned: (key: StoredKey) => boolean): Promise<void> {
    try {
      const concerned = [...(await this.#store.rows())].filter(([, key]) => isConcerned(key));
      const active = concerned.filter(([, key]) => key.details?.active);
      await Promise.all(active.map(([hash, key]) => this.#mirror.put(hash, key)));
    } catch (thrown) {
      this.#differing();
      throw thrown;
    }
  }

  /** A key that nobody will ever be told does not stay. */
  async #mirrorNewKey(hash: string, stored: StoredKey): Promise<void> {
    try {
      await this.#mirror.put(hash, stored);
    } catch (thrown) {
      await this.#store.removeKey(keyOf(stored).id).catch(ignore);
      throw thrown;
    }
  }

  async #needPlan(wanted: string): Promise<void> {
    const names = (await this.#store.plans()).map(({ plan }) => plan);
    if (names.includes(wanted)) return;
    const details = [{ field: 'plan', problem: `is none of ${names.join(', ')}` }];
    throw new PlatformError('not_found', `There is no plan "${wanted}".`, { details });
  }
}

function matching(keys: KeysByHash, wanted: string): (readonly [string, StoredKey])[] {
  return [...keys].filter(
    ([, { details }]) => details?.id === wanted || details?.prefix === wanted,
  );
}

function keyOf({ details }: StoredKey): ApiKey {
  if (details !== undefined) return details;
  throw new PlatformError('internal', 'A key is stored without its details.');
}

function refuse(problems: readonly (FieldError | undefined)[]): void {
  const wrong = problems.filter((problem) => problem !== undefined);
  if (wrong.length > 0) throw invalidFields(wrong);
}

function noProject(slug: string): PlatformError {
  const details = [{ field: 'project', problem: 'is none' }];
  return new PlatformError('not_found', `There is no project "${slug}".`, { details });
}

/** The call fails with what went wrong first; the row stays, of a key that nobody has. */
function ignore(): void {}
