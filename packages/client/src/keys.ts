// Projects, plans and API keys, in the words of a program. All of it needs an admin's key.
import type {
  ApiKey,
  CreateKeyResponse,
  Entitlements,
  KeyServiceDefinition,
  Project,
} from '@pilotlight/contracts';
import type { Client } from '@pilotlight/rpc';

export interface NewKeyOptions {
  /** Slug. */
  readonly project: string;
  /** For people. */
  readonly name?: string;
  /** The one user that it speaks for: a name, or a whole id. By default every user of the project. */
  readonly userId?: string;
  /** By default `project`. */
  readonly role?: 'project' | 'admin';
}

export interface NewProjectOptions {
  readonly name: string;
  /** By default made from the name. */
  readonly slug?: string;
  /** By default `standard`. */
  readonly plan?: string;
}

/** A new key: the only time that the key itself is told. */
export interface NewKey {
  readonly key: string;
  readonly details: ApiKey;
}

/** Who may use the platform. Calls reject `unavailable` while there is no database, but for `revoke`. */
export interface KeyAdministration {
  create(options: NewKeyOptions): Promise<NewKey>;
  /** Newest first, revoked ones included; by default of all projects. */
  list(project?: string): Promise<readonly ApiKey[]>;
  /** By id, or by the prefix where that is one key's alone. For good, and at once. Idempotent. */
  revoke(key: string): Promise<ApiKey>;
  createProject(options: NewProjectOptions): Promise<Project>;
  listProjects(): Promise<readonly Project[]>;
  /** Its keys follow at once. */
  setProjectPlan(project: string, plan: string): Promise<Project>;
  listPlans(): Promise<readonly Entitlements[]>;
  /** Made or replaced, for all its projects at once. A number that is left out or 0 sets no bound. */
  putPlan(
    plan: Pick<Entitlements, 'plan' | 'priority'> & Partial<Entitlements>,
  ): Promise<Entitlements>;
}

export function keyAdministration(rpc: () => Client<KeyServiceDefinition>): KeyAdministration {
  return {
    create: async (options) => newKeyOf(await rpc().createKey(options)),
    list: async (project = '') => (await rpc().listKeys({ project })).keys,
    revoke: async (key) => rpc().revokeKey({ key }),
    createProject: async (options) => rpc().createProject(options),
    listProjects: async () => (await rpc().listProjects({})).projects,
    setProjectPlan: async (project, plan) => rpc().setProjectPlan({ project, plan }),
    listPlans: async () => (await rpc().listPlans({})).plans,
    putPlan: async (plan) => rpc().putPlan(plan),
  };
}

function newKeyOf({ key, details }: CreateKeyResponse): NewKey {
  if (details !== undefined) return { key, details };
  throw new TypeError('The answer to CreateKey has no details.');
}
