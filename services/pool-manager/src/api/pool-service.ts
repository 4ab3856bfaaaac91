// PoolService: answered here by the leader, relayed to it by everyone else.
import {
  PlatformError,
  type Pool,
  type PoolServiceDefinition,
  requireAdmin,
  type SetPolicyRequest,
} from '@pilotlight/contracts';
import type { Election } from '@pilotlight/lifecycle';
import type { CallContext, Client, Implementation } from '@pilotlight/rpc';
import type { Pools } from '../app/pools.ts';
import type { Prefetching } from '../app/prefetching.ts';

type PoolClient = Client<typeof PoolServiceDefinition>;

export interface PoolServiceOptions {
  readonly pools: Pick<Pools, 'list' | 'predict' | 'arePoliciesKnown'>;
  readonly setPolicy: (request: SetPolicyRequest) => Promise<Pool>;
  readonly prefetching: Pick<Prefetching, 'onAction'>;
  /** Undefined until the candidacy has begun. */
  readonly election: () => Pick<Election, 'isLeader' | 'leader'> | undefined;
  /** A client of the leader at this address; kept open by its owner. */
  readonly clientOf: (address: string) => PoolClient;
}

/**
 * Only admins change policies; whoever has a key may ask. Calls that find no leader fail with
 * `unavailable`; the next one is elected within seconds.
 */
export function poolService(
  options: PoolServiceOptions,
): Implementation<typeof PoolServiceDefinition> {
  const { pools, prefetching, setPolicy } = options;
  return {
    listPools: async (request, context) =>
      here(options)
        ? { pools: pools.list() }
        : leaderOf(options).listPools(request, onwards(context)),
    async setPolicy(request, context) {
      requireAdmin(context.principal);
      return here(options)
        ? setPolicy(request)
        : leaderOf(options).setPolicy(request, onwards(context));
    },
    predictDemand: async (request, context) =>
      here(options)
        ? pools.predict(request.template)
        : leaderOf(options).predictDemand(request, onwards(context)),
    onAction: async (request, context) =>
      here(options)
        ? prefetching.onAction(request)
        : leaderOf(options).onAction(request, onwards(context)),
  };
}

function here({ election, pools }: PoolServiceOptions): boolean {
  if (election()?.isLeader() !== true) return false;
  if (pools.arePoliciesKnown) return true;
  throw new PlatformError('unavailable', 'The leading pool-manager is not ready yet.');
}

function leaderOf({ election, clientOf }: PoolServiceOptions): PoolClient {
  const leader = election()?.leader();
  if (leader === undefined) {
    throw new PlatformError('unavailable', 'No pool-manager leads at the moment.');
  }
  return clientOf(leader.address);
}

function onwards({ peer: _, ...call }: CallContext) {
  return call;
}
