// A change of a pool's policy, made to last.
import type { Pool, SetPolicyRequest } from '@pilotlight/contracts';
import type { Pools } from './pools.ts';
import type { PolicyStore } from './ports.ts';

export interface ChangePolicyOptions {
  readonly pools: Pick<Pools, 'setPolicy' | 'storedPolicy'>;
  readonly policyStore: Pick<PolicyStore, 'write'>;
}

/**
 * Resolves when the change is kept. Rejects as `Pools.setPolicy` throws, and `unavailable` where it
 * could not be kept: then it holds until the next leader, and repeating it keeps it. Idempotent.
 */
export async function changePolicy(
  { pools, policyStore }: ChangePolicyOptions,
  request: SetPolicyRequest,
): Promise<Pool> {
  const pool = pools.setPolicy(request);
  await policyStore.write(request.template, pools.storedPolicy(request.template));
  return pool;
}
