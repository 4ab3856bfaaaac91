import { RateLimits } from '@pilotlight/access';
import { Entitlements, type Principal } from '@pilotlight/contracts';
import { expect, it } from 'vitest';
import { countingWith } from './rate-limit.ts';

const principal: Principal = {
  ...{ keyHash: 'k', keyId: 'k', project: 'blue', userId: '', role: 'project' },
  entitlements: Entitlements.create({ requestsPerMinute: 2 }),
};
const context = { principal, peer: '', traceparent: '', signal: new AbortController().signal };

it('refuses a key past its calls of a minute, and says when to come again', async () => {
  const count = countingWith(new RateLimits());
  await count(context);
  await count(context);
  const refused = count(context);
  await expect(refused).rejects.toMatchObject({ code: 'resource_exhausted' });
  await expect(refused).rejects.toMatchObject({ retry: { kind: 'after', ms: expect.any(Number) } });
});

it('counts nothing that a service does in the name of a key, which it has counted', async () => {
  const count = countingWith(new RateLimits());
  for (let n = 0; n < 5; n += 1) await count({ ...context, isActing: true });
  await count(context);
  await count(context);
  await expect(count(context)).rejects.toMatchObject({ code: 'resource_exhausted' });
});
