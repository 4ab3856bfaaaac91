// KeyService: for admins alone.
import { type KeyServiceDefinition, requireAdmin } from '@pilotlight/contracts';
import type { CallContext, Implementation } from '@pilotlight/rpc';
import type { Keys } from '../app/keys.ts';

export function keyService(
  keys: Pick<
    Keys,
    | 'plans'
    | 'putPlan'
    | 'projects'
    | 'createProject'
    | 'setProjectPlan'
    | 'keys'
    | 'createKey'
    | 'revokeKey'
  >,
): Implementation<typeof KeyServiceDefinition> {
  return {
    listPlans: forAdmins(async () => ({ plans: [...(await keys.plans())] })),
    putPlan: forAdmins((plan) => keys.putPlan(plan)),
    createProject: forAdmins((request) => keys.createProject(request)),
    listProjects: forAdmins(async () => ({ projects: [...(await keys.projects())] })),
    setProjectPlan: forAdmins((request) => keys.setProjectPlan(request)),
    createKey: forAdmins((request) => keys.createKey(request)),
    listKeys: forAdmins(async ({ project }) => ({ keys: [...(await keys.keys(project))] })),
    revokeKey: forAdmins(({ key }) => keys.revokeKey(key)),
  };
}

function forAdmins<Request, Response>(answer: (request: Request) => Promise<Response>) {
  return async (request: Request, { principal }: CallContext): Promise<Response> => {
    requireAdmin(principal);
    return answer(request);
  };
}
