// KeyService without a database: one project on one plan, and the keys that were made.
import {
  ApiKey,
  Entitlements,
  type KeyServiceDefinition,
  newKey,
  PlatformError,
  Project,
  prefixOfKey,
} from '@pilotlight/contracts';
import type { Implementation } from '@pilotlight/rpc';

export function keyService(): Implementation<KeyServiceDefinition> {
  const keys: ApiKey[] = [];
  let plans = [Entitlements.fromPartial({ plan: 'standard', priority: 'normal', timeout: 30 })];
  let projects = [Project.fromPartial({ name: 'Blue', slug: 'blue', plan: 'standard' })];
  return {
    listPlans: async () => ({ plans }),
    async putPlan(plan) {
      plans = [...plans.filter((known) => known.plan !== plan.plan), plan];
      return plan;
    },
    async createProject({ name, slug, plan }) {
      const project = Project.fromPartial({ name, slug: slug || name, plan: plan || 'standard' });
      projects.push(project);
      return project;
    },
    listProjects: async () => ({ projects }),
    async setProjectPlan({ project: slug, plan }) {
      const known = projects.find((project) => project.slug === slug);
      if (known === undefined)
        throw new PlatformError('not_found', `There is no project "${slug}".`);
      projects = projects.map((project) => (project === known ? { ...known, plan } : project));
      return { ...known, plan };
    },
    async createKey({ project, name, userId, role }) {
      const key = newKey();
      const details = ApiKey.fromPartial({
        ...{ id: `key-${keys.length + 1}`, prefix: prefixOfKey(key), project, name, userId },
        ...{ role: role || 'project', active: true },
      });
      keys.unshift(details);
      return { key, details };
    },
    listKeys: async ({ project }) => ({
      keys: keys.filter((key) => project === '' || key.project === project),
    }),
    async revokeKey({ key: wanted }) {
      const known = keys.find(({ id, prefix }) => id === wanted || prefix === wanted);
      if (known === undefined) throw new PlatformError('not_found', 'There is no such key.');
      known.active = false;
      return known;
    },
  };
}
