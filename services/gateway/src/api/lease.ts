// How a route names a lease: the sandbox in the path, its token in a header and never in a URL, which
// would end up in logs and histories.
import type { LeaseRef } from '@pilotlight/contracts';
import { type Static, Type } from 'typebox';

/** As ids of sandboxes are made: `sb_<node>_<incarnation>_<serial>`. */
export const sandboxParams = Type.Object({
  id: Type.String({
    pattern: '^sb_[A-Za-z0-9-]{1,32}_[A-Za-z0-9-]{1,32}_[0-9a-z]{1,12}$',
    description: 'The sandbox_id of the lease.',
  }),
});

export const leaseHeaders = Type.Object({
  'x-lease-token': Type.String({
    minLength: 1,
    maxLength: 64,
    description: 'The token of the lease. A secret: whoever has it, has the sandbox.',
  }),
});

/** The lease that a request is about. */
export function leaseOf(request: {
  readonly params: Static<typeof sandboxParams>;
  readonly headers: Static<typeof leaseHeaders>;
}): LeaseRef {
  return { sandboxId: request.params.id, token: request.headers['x-lease-token'] };
}
